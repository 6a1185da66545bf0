import { ACCOUNT_ID } from '../../catalog/account-link.ts';
import { isBlank } from '../../catalog/current-value.ts';
import { identityKeys, keyKinds } from '../../catalog/identity-keys.ts';
import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import type { Decision } from '../../runtime/contract/decision.ts';
import type { EstimableWriter } from '../../runtime/contract/estimate.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Accepted, Mapped, Writer } from '../../runtime/contract/writer.ts';
import { type ApolloRecord, recordFor } from '../record/apollo-record.ts';
import { conflictKeys, decisionStale, samePerson, targetFor } from '../record/decision.ts';
import { delta, deltaSought } from '../record/delta.ts';
import { isNamed, learnedOf } from '../record/learned.ts';
import type { Target } from '../record/target.ts';
import { apolloWriter, keyOf, mappedBy } from './apollo-writer.ts';
import { type Mode, steps } from './modes.ts';

/** How the rows of one stream become requests to Apollo. */
export function streamWriter(
  mode: Mode,
  mapping: CompiledMapping,
  target: Target,
  version: string,
): EstimableWriter<ApolloRecord> {
  const isSought = mode !== 'update';
  const recordOf: RecordOf = (matchKey, values, { id, decision }) =>
    id === undefined ? unknown(target, matchKey, values, decision) : known(target, matchKey, values, decision);
  return apolloWriter(target, {
    version,
    columns: mapping.columns,
    key: { ...keyOf(mapping), ...(isSought && { renames: renamedKinds(target) }) },
    naming: { key: keyWords[target.object.name], nameOf: mapping.nameOf },
    map: mappedBy(
      mapping,
      (matchKey, values, id) => recordOf(matchKey, values, { id }),
      (values) => values,
    ),
    decisions: {
      decide: (row, decision) => decided(target, row, decision, recordOf),
      matchKeysOf: (decision) => conflictKeys(target, decision),
    },
    ...(target.fields.has(ACCOUNT_ID) && { links: accountLinks(recordOf) }),
    steps: steps(mode, target),
    stepsFor: (other) => steps(mode, other),
    memory: {
      learned: (record) => learnedOf(record, { isNamed: isNamed(target, record), isAdopted: record.isAdopted }),
      // In mode update the row names the record: there is nothing to look for.
      ...(isSought
        ? {
            delta: (record, known) => deltaSought(target, record, known, (one) => soughtOnce(target, one)),
            rematch: (record) => soughtOnce(target, record),
          }
        : {
            delta: (record, known) => delta(target, record, known),
            again: ({ record: { matchKey, values, decision } }) => known(target, matchKey, values, decision),
          }),
    },
  });
}

type RecordOf = (
  matchKey: string,
  values: Values,
  more: { readonly id?: string | undefined; readonly decision?: Decision | undefined },
) => ApolloRecord;

/** A row as a person has decided of it. Another row's record is never used, whoever says so. */
function decided(
  target: Target,
  row: Accepted<ApolloRecord>,
  decision: Decision,
  recordOf: RecordOf,
): Mapped<ApolloRecord> {
  const { primaryKey, matchKey, record, id } = row;
  if (decision.isTaken && samePerson(decision) !== undefined) {
    const rejection = decisionStale(target, 'another row of the stream has that record', {});
    return { ok: false, primaryKey, matchKey, rejection };
  }
  return { ...row, record: recordOf(matchKey, record.values, { id, decision }), content: [decision, record.values] };
}

/** Contacts get the id of the account that their row names. */
const accountLinks = (recordOf: RecordOf): NonNullable<Writer<ApolloRecord>['links']> => ({
  object: 'accounts',
  linked: (row, account) => {
    const values = { ...row.record.values, [ACCOUNT_ID]: account };
    const { decision } = row.record;
    const record = recordOf(row.matchKey, values, { id: row.id, decision });
    return { ...row, record, content: decision ? [decision, values] : values };
  },
  missing: {
    code: 'account_missing',
    message:
      'No run knows an account of the domain that this row names. It waits until a stream of accounts has one; with ' +
      '`account: {create: true}` the run creates it.',
  },
});

/** Kinds of match keys that can be written to a record that exists. */
const renamedKinds = ({ object, routes, existing }: Target): readonly string[] =>
  existing !== 'update'
    ? []
    : [...keyKinds(object.name)].filter(([, names]) => names.every((name) => routes.has(name))).map(([kind]) => kind);

const keyWords = { contacts: 'an e-mail address', accounts: 'a domain' } as const;

/** A record that has to be looked for. */
function unknown({ object }: Target, matchKey: string, values: Values, decision?: Decision): ApolloRecord {
  const candidate = samePerson(decision);
  const identity = identityKeys(object.name, values);
  return recordFor(
    { values, matchKey, identity, pending: Object.keys(values), decision },
    // The record that a person has named is looked at first: where it is another one by now, nothing is created.
    candidate === undefined ? { progress: 'mapped' } : { progress: 'unverified', candidate },
  );
}

/** A record that is looked for although the state store knows one. */
const soughtOnce = (
  target: Target,
  { record: { matchKey, values, intended, decision } }: PreparedRecord<ApolloRecord>,
): ApolloRecord => ({ ...unknown(target, matchKey, values, decision), intended });

/** A record whose id the row tells. It exists, so only what has a route can be written; blanks must be seen first. */
function known(target: Target, matchKey: string, values: Values, decision?: Decision): ApolloRecord {
  const { routes, existing, readsBefore } = targetFor(target, { decision });
  const common = { values, matchKey, identity: [], decision };
  if (existing === 'keep') return recordFor({ ...common, pending: [] }, { progress: 'kept' });
  const pending = Object.keys(values).filter((name) => routes.has(name));
  const fillable = existing === 'fill_blanks' ? pending.filter((name) => !isBlank(values[name])) : pending;
  const isSeenFirst = existing === 'fill_blanks' || readsBefore;
  const progress = isSeenFirst && fillable.length > 0 ? 'unread' : 'found';
  return recordFor({ ...common, pending: fillable }, { progress });
}
