import { identityKeys } from '../../catalog/identity-keys.ts';
import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import type { EstimableWriter } from '../../runtime/contract/estimate.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Known } from '../../runtime/contract/state-store.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { delta, deltaSought } from '../record/delta.ts';
import type { Target } from '../record/target.ts';
import { addToLists } from '../steps/add-to-lists.ts';
import type { ApolloStep } from '../steps/apollo-step.ts';
import { create } from '../steps/create.ts';
import { createDespiteMatch } from '../steps/create-despite-match.ts';
import { finish } from '../steps/finish.ts';
import { read } from '../steps/read.ts';
import { rejectUnknown } from '../steps/reject-unknown.ts';
import { removeFromLists } from '../steps/remove-from-lists.ts';
import { apolloWriter, keyOf, mappedBy } from './apollo-writer.ts';

type Prepared = PreparedRecord<ApolloRecord>;

type Behaviour = NonNullable<StreamConfig['membership']>['behaviour'];

/** Which requests each behaviour makes. What `mirror` takes off the list is gone from the source: see `removal.ts`. */
const stepsOf = {
  add: [addToLists, () => finish, rejectUnknown],
  mirror: [addToLists, () => finish, rejectUnknown],
  remove: [removeFromLists, rejectUnknown],
  upsert: [create, createDespiteMatch, read, addToLists, () => finish],
} as const satisfies Record<Behaviour, readonly ((target: Target) => ApolloStep)[]>;

/** How the rows of a stream become members of a list, or cease to be. Of existing records nothing but the list is written. */
export function membershipWriter(
  behaviour: Behaviour,
  mapping: CompiledMapping,
  target: Target,
  version: string,
): EstimableWriter<ApolloRecord> {
  const recordBy = (matchKey: string, values: Values) => recordOf(target, matchKey, values);
  return apolloWriter(target, {
    version,
    columns: mapping.columns,
    key: { ...keyOf(mapping), isShared: true },
    map: mappedBy(mapping, recordBy, (values) => [behaviour, values]),
    steps: stepsOf[behaviour].map((step) => step(target)),
    stepsFor: (other) => stepsOf[behaviour].map((step) => step(other)),
    memory: memoryOf(behaviour, target),
  });
}

/** What each behaviour does with records that are known, or have to be looked for once more. */
function memoryOf(behaviour: Behaviour, target: Target) {
  const start = ({ record: { matchKey, values } }: Prepared) => recordOf(target, matchKey, values);
  // That it was taken off is remembered, so that an inventory can tell whether it was.
  const takenOff = ({ changes }: ApolloRecord) => ({ changes });
  if (behaviour === 'remove') return { rematch: () => undefined, learned: takenOff };
  return behaviour === 'upsert'
    ? { delta: (one: Prepared, known: Known) => deltaSought(target, one, unlisted(known), start), rematch: start }
    : { delta: (one: Prepared, known: Known) => delta(target, one, unlisted(known)), again: start };
}

/** Where only ids count of what is known, everybody is put on the list again: no inventory compares lists. */
const unlisted = ({ held: _, ...known }: Known): Known => known;

const recordOf = ({ object }: Target, matchKey: string, values: Values): ApolloRecord => ({
  values,
  matchKey,
  identity: identityKeys(object.name, values),
  pending: ['lists'],
  progress: 'mapped',
});
