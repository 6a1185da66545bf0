import { nextStepOf } from '../record/next-step.ts';
import { afterWrite } from '../record/progress.ts';
import type { ApolloStep } from './apollo-step.ts';
import { answersFor } from './create.ts';

/** Ends, without a request, the way of records that have nothing left to write: their row says nothing new. */
export const finish: ApolloStep = {
  kind: 'local',
  request: '',
  limits: {
    maxRecords: 1000,
    maxBytes: Number.MAX_SAFE_INTEGER,
    maxInFlight: 1,
    maxWaiting: 0,
    maxRefused: 0,
    maxLost: 1,
  },
  idempotent: true,
  takes: (prepared) => nextStepOf(prepared) === 'finish',
  send: async (records) => answersFor(records, (prepared) => afterWrite(prepared, [])),
};
