import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { answersFor } from './create.ts';
import { finish } from './finish.ts';

/** Rejects, without a request, records whose Apollo id is not known. */
export function rejectUnknown({ object: { name, singular, matchField } }: Target): ApolloStep {
  const message =
    `No stream has synced a ${singular} with this ${matchField}, so its Apollo id is not known. Put a stream of ${name} ` +
    'before this one, give the column of the id as apollo_id, or take behaviour upsert.';
  const rejected = {
    status: 'rejected',
    rejection: { code: 'missing_apollo_id', message, field: 'apollo_id' },
  } as const;
  return {
    kind: 'local',
    request: '',
    limits: finish.limits,
    idempotent: true,
    takes: ({ id }) => id === undefined,
    send: async (records) => answersFor(records, () => rejected),
  };
}
