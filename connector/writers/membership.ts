import { identityKeys } from '../../catalog/identity-keys.ts';
import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import type { Mapped, Step, Writer } from '../../runtime/contract/writer.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { since } from '../record/since.ts';
import type { Target } from '../record/target.ts';
import { addToLists } from '../steps/add-to-lists.ts';
import { create } from '../steps/create.ts';
import { createNamesake } from '../steps/create-namesake.ts';
import { finish } from '../steps/finish.ts';
import { read } from '../steps/read.ts';
import { rejectUnknown } from '../steps/reject-unknown.ts';
import { removeFromLists } from '../steps/remove-from-lists.ts';

export type Behaviour = NonNullable<StreamConfig['membership']>['behaviour'];

/** Which requests each behaviour makes. What `mirror` takes off the list is gone from the source: see `removal.ts`. */
const stepsOf = {
  add: [addToLists, () => finish, rejectUnknown],
  mirror: [addToLists, () => finish, rejectUnknown],
  remove: [removeFromLists, rejectUnknown],
  upsert: [create, createNamesake, read, addToLists, () => finish],
} as const satisfies Record<Behaviour, readonly ((target: Target) => Step<ApolloRecord>)[]>;

/** How the rows of a stream become members of a list, or cease to be. Of existing records nothing but the list is written. */
export function membershipWriter(
  behaviour: Behaviour,
  mapping: CompiledMapping,
  target: Target,
  version: string,
): Writer<ApolloRecord> {
  const isTakenOff = behaviour === 'remove';
  return {
    version,
    primaryKeyColumn: mapping.primaryKeyColumn,
    columns: mapping.columns,
    keyColumns: mapping.keyColumns,
    matchKeyOf: mapping.matchKeyOf,
    map: (row): Mapped<ApolloRecord> => {
      const mapped = mapping.map(row);
      if (!mapped.ok) return mapped;
      const { primaryKey, matchKey, values, apolloId: id, dropped } = mapped;
      const record = recordOf(target, matchKey, values);
      return {
        ok: true,
        primaryKey,
        matchKey,
        record,
        content: [behaviour, values],
        ...(id !== undefined && { id }),
        ...(dropped && { dropped }),
      };
    },
    steps: stepsOf[behaviour].map((step) => step(target)),
    findsByMatchKey: true,
    ...(isTakenOff
      ? { isDoneWhenGone: true }
      : {
          since: (record, known) => since(target, record, known),
          confirmed: ({ confirmed = {} }) => (Object.keys(confirmed).length > 0 ? confirmed : undefined),
          pendingOf: ({ pending }) => pending,
          changes: ({ changes = [] }) => changes,
          listsOf: ({ lists }) => lists,
          isCreated: ({ progress }) => progress === 'created',
        }),
    ...(behaviour === 'upsert' && {
      anew: ({ record: { matchKey, values } }) => recordOf(target, matchKey, values),
    }),
  };
}

const recordOf = ({ object }: Target, matchKey: string, values: Values): ApolloRecord => ({
  values,
  matchKey,
  identity: identityKeys(object.name, values),
  pending: ['lists'],
  progress: 'mapped',
});
