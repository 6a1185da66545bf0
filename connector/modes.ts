import type { EndpointName, Field } from '../catalog/object.ts';
import type { Step } from '../runtime/writer.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { addToLists } from './steps/add-to-lists.ts';
import { bulkUpdate } from './steps/bulk-update.ts';
import { create } from './steps/create.ts';
import { createNamesake } from './steps/create-namesake.ts';
import { finish } from './steps/finish.ts';
import { patch } from './steps/patch.ts';
import { read } from './steps/read.ts';
import type { ExistingPolicy, Target } from './target.ts';

export type Mode = 'upsert' | 'insert' | 'update';
export type Updates = 'individual';

/** Which requests a mode makes, in order; each takes the records that need it. */
const stepsOf = {
  upsert: [create, createNamesake, read, bulkUpdate, patch, addToLists],
  insert: [create, createNamesake, read, bulkUpdate, patch, addToLists],
  update: [read, bulkUpdate, patch, addToLists],
} as const satisfies Record<Mode, readonly ((target: Target) => Step<ApolloRecord>)[]>;

/**
 * By which endpoint a field of an existing record is written: the first of these that can. `individual` makes one PATCH
 * a record, and bulk_update only for what no PATCH is documented to take.
 */
const preference = {
  individual: ['patch', 'bulkUpdate', 'labels'],
} as const satisfies Record<Updates, readonly EndpointName[]>;

/** The steps of a stream. */
export const steps = (mode: Mode, target: Target): readonly Step<ApolloRecord>[] => [
  ...stepsOf[mode].map((step) => step(target)),
  finish,
];

/** The endpoint for each field that can be written to an existing record. */
export function routes(fields: readonly Field[], updates: Updates): ReadonlyMap<string, EndpointName> {
  return new Map(
    fields.flatMap(({ name, writable }) => {
      const endpoint = preference[updates].find((one) => writable[one] !== undefined);
      return endpoint === undefined ? [] : [[name, endpoint]];
    }),
  );
}

/** What happens to records that Apollo has: insert leaves them, whatever `on_existing` says. */
export const existingPolicy = (mode: Mode, onExisting: 'update' | 'skip' | 'fill_blanks'): ExistingPolicy => {
  if (mode === 'insert' || onExisting === 'skip') return 'keep';
  return onExisting;
};
