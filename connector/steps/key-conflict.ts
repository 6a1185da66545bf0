import { matchKeyOf, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Values } from '../../catalog/object.ts';
import { RecordFailure } from '../../runtime/contract/failure.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import type { Slim } from '../api/wire.ts';
import { addressInApp } from '../record/address-in-app.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import type { Target } from '../record/target.ts';

// No text for this is documented (docs.apollo.io/reference/update-a-contact, 2026-08-19; P46); these are what such APIs say.
const saysTaken = /\b(taken|in use|already (exists|used|been used|belongs)|duplicate|not unique|must be unique)\b/i;

/** Whether an update was refused since another record has the match key that it was to get. */
export const isKeyTaken = ({ object }: Target, values: Values, failure: unknown): failure is RecordFailure =>
  failure instanceof RecordFailure && values[object.matchField] !== undefined && saysTaken.test(failure.message);

/**
 * Whether the answer to an update shows that the record has kept the match key that it had. What was written decides: a row
 * that names its record by id has that for its own match key.
 */
export function hasKeptKey({ object }: Target, written: Values, shown: Slim): boolean {
  const { matchField, name } = object;
  const sent = written[matchField];
  if (typeof sent !== 'string' || sent === '') return false;
  const key = matchKeyOf(name, { [matchField]: sent });
  if (key === undefined) return false;
  const held = (shown as Readonly<Record<string, unknown>>)[matchField];
  return typeof held === 'string' && held !== '' && !matchKeysOfAnswer(name, shown).includes(key);
}

/** Where it shows that another record has a match key; `holder` is the id of that, where an answer tells it. */
interface Evidence {
  readonly endpoint: string;
  readonly httpStatus: number;
  readonly holder?: string;
}

/** The refusal of a row whose new match key another record has, so that its own, the one of this id, keeps the old one. */
export const keyConflict = (
  { object }: Target,
  id: string,
  { endpoint, httpStatus, holder }: Evidence,
): Answer<ApolloRecord> => ({
  status: 'rejected',
  rejection: {
    code: 'match_conflict',
    message:
      holder === undefined
        ? `Apollo did not give the ${object.singular} ${addressInApp(object, id)} the ${object.matchField} of this row: another one seems to have it. The ` +
          `record keeps the ${object.matchField} that it had. Look for the other one at Apollo, and merge the two or correct the row.`
        : `Another ${object.singular}, ${addressInApp(object, holder)}, has the ${object.matchField} of this row by now. Its record ${addressInApp(object, id)} ` +
          `keeps the ${object.matchField} that it had, and nothing of the row was written. Merge the two at Apollo, or correct the row.`,
    field: object.matchField,
    endpoint,
    httpStatus,
    attempts: 1,
    retryable: true,
  },
});
