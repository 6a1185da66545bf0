import { identityKeys } from '../../catalog/identity-keys.ts';
import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import type { EstimableWriter } from '../../runtime/contract/estimate.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { delta } from '../record/delta.ts';
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

export type Behaviour = NonNullable<StreamConfig['membership']>['behaviour'];

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
    ...(behaviour === 'remove'
      ? { rematch: () => undefined, learned: () => ({}) }
      : { delta: (record, known) => delta(target, record, known) }),
    ...(behaviour === 'upsert' && { rematch: ({ record: { matchKey, values } }) => recordBy(matchKey, values) }),
    ...((behaviour === 'add' || behaviour === 'mirror') && {
      again: ({ record: { matchKey, values } }) => recordBy(matchKey, values),
    }),
  });
}

const recordOf = ({ object }: Target, matchKey: string, values: Values): ApolloRecord => ({
  values,
  matchKey,
  identity: identityKeys(object.name, values),
  pending: ['lists'],
  progress: 'mapped',
});
