import { currentValue, isBlank } from '../../catalog/current-value.ts';
import { matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Field } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Slim } from '../api/wire.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { contradicted } from './confirmation.ts';
import { mayBeOf } from './pairing.ts';
import type { Target } from './target.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** Rows and created records of one request that their keys have not paired. */
interface Leftover {
  readonly rows: readonly Prepared[];
  readonly records: readonly Slim[];
}

/**
 * Pairs created records that show none of their keys with the rows that they were made of: Apollo drops an address that it
 * does not like, and creates the contact all the same (Apollo's older documentation of contacts, 2024). A record is of the
 * row that it does not contradict; where several rows say the same but for what was dropped, of any of them; and the last
 * one is of the last row, if it shows that it has no key, or shows none even when it is read. What shows another key than those of
 * the rows is left out.
 */
export function sorted(target: Target, leftover: Leftover, shown: 'slim' | 'whole' = 'slim') {
  const pairs: [Prepared, Slim][] = [];
  let { rows } = leftover;
  let records = leftover.records.filter((record) => rows.some((row) => mayBe(target, row, record)));
  const take = (row: Prepared, record: Slim): void => {
    pairs.push([row, record]);
    rows = rows.filter((one) => one !== row);
    records = records.filter((one) => one !== record);
  };
  const mayPair = (row: Prepared, record: Slim): boolean =>
    mayBe(target, row, record) && (shown === 'whole' || showsKeyOf(target, row, record));
  for (let before = -1; before !== pairs.length; ) {
    before = pairs.length;
    for (const record of records) {
      const alike = rows.filter((row) => mayPair(row, record) && isAlike(target, row, record));
      const [first] = alike;
      const contents = new Set(alike.map((row) => contentOf(target, row, record)));
      if (first !== undefined && contents.size === 1) take(first, record);
    }
    const [row, record] = [rows[0], records[0]];
    if (rows.length === 1 && records.length === 1 && mayPair(row!, record!)) take(row!, record!);
  }
  return { pairs, rows, records };
}

/** Whether it shows nothing of somebody else. */
const mayBe = ({ object }: Target, { record }: Prepared, shown: Slim): boolean =>
  mayBeOf(record, matchKeysOfAnswer(object.name, shown));

/** Whether it says by what the row would find it, if only that it has no such thing. */
const showsKeyOf = ({ object: { matchField } }: Target, { record }: Prepared, shown: Slim): boolean =>
  Object.hasOwn(shown, matchField) || !record.matchKey.startsWith(`${matchField}:`);

/** Whether a record shows nothing that its row does not say, but for the match field, that may be blank. */
function isAlike({ fields, object }: Target, { record: { values } }: Prepared, shown: Slim): boolean {
  return [...fields.values()].every((field) => {
    const current = currentValue(field, shown);
    const wanted = values[field.name];
    if (field.writable.create === undefined || !current.known) return true;
    if (isBlank(current.value)) return isBlank(wanted) || field.name === object.matchField;
    if (wanted === undefined || isBlank(wanted)) return isGiven(field);
    return contradicted(fields, { values: { [field.name]: wanted }, before: {} }, shown).length === 0;
  });
}

/** Apollo gives every record a stage and an owner. */
const isGiven = ({ type }: Field): boolean => type === 'stage' || type === 'owner';

/** All that was sent of a row, but for what the record shows to have been dropped. */
function contentOf({ fields }: Target, { record: { values } }: Prepared, shown: Slim): string {
  const isDropped = (name: string): boolean => {
    const current = currentValue(fields.get(name)!, shown);
    return current.known && isBlank(current.value);
  };
  return JSON.stringify(
    Object.entries(values)
      .filter(([name, value]) => !isBlank(value) && !isDropped(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
