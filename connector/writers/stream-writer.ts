import { isBlank, sameValue } from '../../catalog/current-value.ts';
import { identityKeys, keyKinds } from '../../catalog/identity-keys.ts';
import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import type { Mapped, Writer } from '../../runtime/contract/writer.ts';
import type { ApolloRecord, Progress } from '../record/apollo-record.ts';
import { mostOf } from '../record/rehearsed.ts';
import { since } from '../record/since.ts';
import type { Target } from '../record/target.ts';
import { type Mode, steps } from './modes.ts';

/** How the rows of one stream become requests to Apollo. */
export function streamWriter(
  mode: Mode,
  mapping: CompiledMapping,
  target: Target,
  version: string,
): Writer<ApolloRecord> {
  return {
    version,
    primaryKeyColumn: mapping.primaryKeyColumn,
    columns: mapping.columns,
    keyColumns: mapping.keyColumns,
    matchKeyOf: mapping.matchKeyOf,
    naming: { key: keyWords[target.object.name], nameOf: mapping.nameOf },
    map: (row): Mapped<ApolloRecord> => {
      const mapped = mapping.map(row);
      if (!mapped.ok) return mapped;
      const { primaryKey, matchKey, values, apolloId, dropped } = mapped;
      const record = apolloId === undefined ? unknown(target, matchKey, values) : known(target, matchKey, values);
      return {
        ok: true,
        primaryKey,
        matchKey,
        record,
        content: values,
        ...(apolloId !== undefined && { id: apolloId }),
        ...(dropped && { dropped }),
      };
    },
    steps: steps(mode, target),
    since: (record, known) => since(target, record, known),
    confirmed: ({ confirmed = {} }) => (Object.keys(confirmed).length > 0 ? confirmed : undefined),
    pendingOf: ({ pending }) => pending,
    changes: ({ changes = [] }) => changes,
    listsOf: ({ lists }) => lists,
    isCreated: ({ progress }) => progress === 'created',
    ...(mode !== 'update' && { renames: renamedKinds(target) }),
    isNamed: (record) => isNamed(target, record),
    mostOf: (record) => mostOf(target, record),
    // In mode update the row names the record: there is nothing to look for.
    ...(mode !== 'update' && {
      anew: ({ record: { matchKey, values, intended } }) => ({
        ...unknown(target, matchKey, values),
        ...(intended && { intended }),
      }),
    }),
  };
}

/** Kinds of match keys that can be written to a record that exists. */
const renamedKinds = ({ object, routes, existing }: Target): readonly string[] =>
  existing !== 'update'
    ? []
    : [...keyKinds(object.name)].filter(([, names]) => names.every((name) => routes.has(name))).map(([kind]) => kind);

/** Whether Apollo has confirmed every field that the match key is made of. */
function isNamed({ object, fields }: Target, { matchKey, values, confirmed = {} }: ApolloRecord): boolean {
  const names = keyKinds(object.name).get(matchKey.slice(0, matchKey.indexOf(':'))) ?? [];
  const isConfirmed = (name: string): boolean =>
    Object.hasOwn(confirmed, name) && sameValue(fields.get(name)!, values[name]!, confirmed[name]);
  return names.length > 0 && names.every((name) => fields.has(name) && isConfirmed(name));
}

const keyWords = { contacts: 'an e-mail address', accounts: 'a domain' } as const;

/** A record that has to be looked for. */
const unknown = ({ object }: Target, matchKey: string, values: Values): ApolloRecord => ({
  values,
  matchKey,
  identity: identityKeys(object.name, values),
  pending: Object.keys(values),
  progress: 'mapped',
});

/** A record whose id the row tells. It exists, so only what has a route can be written; blanks must be seen first. */
function known({ routes, existing, readsBefore }: Target, matchKey: string, values: Values): ApolloRecord {
  if (existing === 'keep') return { values, matchKey, identity: [], pending: [], progress: 'kept' };
  const pending = Object.keys(values).filter((name) => routes.has(name));
  const fillable = existing === 'fill_blanks' ? pending.filter((name) => !isBlank(values[name])) : pending;
  const isSeenFirst = existing === 'fill_blanks' || readsBefore;
  const progress: Progress = isSeenFirst && fillable.length > 0 ? 'unread' : 'found';
  return { values, matchKey, identity: [], pending: fillable, progress };
}
