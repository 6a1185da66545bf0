import type { Step } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { afterWrite } from '../record/progress.ts';
import { answersFor } from './create.ts';

/** Ends, without a request, the way of records that have nothing left to write: their row says nothing new. */
export const finish: Step<ApolloRecord> = {
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
  takes: ({ id, record }) => id !== undefined && record.pending.length === 0,
  send: async (records) => answersFor(records, (prepared) => afterWrite(prepared, [])),
  rehearse: (records) => answersFor(records, (prepared) => afterWrite(prepared, [])),
};
