import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { identifier, literal } from '../../duckdb/sql.ts';
import { isLeft } from '../../source/diff/moves.ts';
import { everyRecord } from '../compact.ts';
import { nextPlace } from '../next-place.ts';
import { hasColumn, stateTable } from '../schema.ts';
import { RECORD } from '../tables.ts';
import { isThere } from './is-there.ts';

const [changes, streams, inventory, journal] = [
  stateTable('changes'),
  stateTable('streams'),
  stateTable('inventory'),
  stateTable('journal'),
];

/** A record that was taken off lists, as the destination has answered. */
export interface ListRemoval {
  readonly stream: string;
  readonly primaryKey: string;
  readonly place: number;
  /** The id of the record. */
  readonly id: string;
  /** Names of the lists; without those that another row has put it on since. */
  readonly lists: readonly string[];
  /** When it was taken off, in milliseconds since the epoch. */
  readonly at: number;
  /** The ids of the lists that a search has last shown it on, and when; absent where none has. */
  readonly shown?: { readonly lists: readonly string[]; readonly at: number };
}

/** A removal with the names of those of its lists that the record is still on. */
export interface LookedAt {
  readonly removal: ListRemoval;
  readonly still: readonly string[];
}

/** The SQL of the changes that took a record off lists, and which no later one of its row has followed. */
const lastRemovals = `
  select * from (
    select * from ${changes} where field = 'lists'
    qualify row_number() over (partition by stream, primary_key, destination_id order by place desc) = 1)
  where "after" = '[]' and undone_by is null`;

/** The removals of an object's records that were confirmed, and that no inventory has looked at since. */
export async function uncheckedRemovals(connection: DuckDBConnection, object: string): Promise<readonly ListRemoval[]> {
  const open = `select * from (${lastRemovals}) where looked_at is null and stream in (
    select stream from ${streams} where object = ${literal(object)})`;
  const count = await connection.runAndReadAll(`select count(*)::double from (${open})`);
  if (Number(count.getRows()[0]?.[0]) === 0) return [];
  const found = await connection.runAndReadAll(
    `with every as (select * from (${everyRecord}) where not ${isLeft} and outcome <> 'superseded'),
     removal as (${open}),
     own as (
       select removal.stream, removal.place, to_json(list(every.lists)) as lists from removal join every using (destination_id)
       where every.lists is not null and every.outcome <> 'removed' and every.settled_at > removal."at"
       group by removal.stream, removal.place)
     select removal.stream, removal.primary_key, removal.place::double, removal.destination_id, removal.before,
       epoch_ms(removal."at")::double, own.lists, held.lists, epoch_ms(held.seen_at)::double
     from removal
       join every using (stream, primary_key, destination_id)
       left join own on own.stream = removal.stream and own.place = removal.place
       left join (select * from ${inventory} where object = ${literal(object)} and ${isThere()}) as held
         on held.id = removal.destination_id
     where every.outcome <> 'removed' or every.code is null
     order by removal.place`,
  );
  return found.getRows().map(([stream, primaryKey, place, id, before, at, own, shown, seen]) => ({
    stream: String(stream),
    primaryKey: String(primaryKey),
    place: Number(place),
    id: String(id),
    lists: without(namesIn(before), namesIn(own).flatMap(namesIn)),
    at: Number(at),
    ...(shown !== null && { shown: { lists: namesIn(shown), at: Number(seen) } }),
  }));
}

const namesIn = (text: unknown): readonly string[] =>
  typeof text === 'string' ? (JSON.parse(text) as readonly string[]) : [];

const without = (names: readonly string[], others: readonly string[]): readonly string[] =>
  names.filter((name) => !others.some((other) => isSameList(name, other)));

/** Lists are told apart by their names, whatever their case. */
export const isSameList = (one: string, other: string): boolean =>
  one.trim().toLowerCase() === other.trim().toLowerCase();

/**
 * Notes that removals were looked at. Where a record is still on a list, nothing counts as done: its row is looked at again, and a
 * record whose row is gone counts as refused, so that the next run takes it off.
 */
export async function noteLookedAt(
  connection: DuckDBConnection,
  looked: readonly LookedAt[],
  at: number,
): Promise<void> {
  if (looked.length === 0) return;
  const texts = (of: (one: LookedAt) => string) => listValue(looked.map(of));
  const four = [LIST(VARCHAR), LIST(VARCHAR), LIST(VARCHAR), LIST(VARCHAR)];
  await connection.run(
    `update ${changes} as change set still = looked.still, looked_at = make_timestamp(${at * 1000})
     from (select unnest($1) as stream, unnest($2) as key, unnest($3) as place, unnest($4) as still) as looked
     where change.field = 'lists' and change.stream = looked.stream and change.primary_key = looked.key
       and change.place = cast(looked.place as bigint)`,
    [
      texts(({ removal }) => removal.stream),
      texts(({ removal }) => removal.primaryKey),
      texts(({ removal }) => String(removal.place)),
      texts(({ still }) => JSON.stringify(still)),
    ],
    four,
  );
  await reopen(
    connection,
    looked.filter(({ still }) => still.length > 0),
    at,
  );
}

const columns = Object.keys(RECORD).map(identifier).join(', ');
const message = 'The destination answered that it took the record off its lists, and still shows it there.';

/** Has the rows of removals that were not done looked at again. */
async function reopen(connection: DuckDBConnection, undone: readonly LookedAt[], at: number): Promise<void> {
  if (undone.length === 0) return;
  const ifGone = (then: string, other: string): string =>
    `case when outcome = 'removed' then ${then} else ${other} end`;
  await connection.run(
    `insert into ${journal} by name
     select ${nextPlace(at, undone.length)} - 1 + row_number() over () as seq, ${columns} from (
       select record.* replace (null as row_hash, null as fingerprint, ${ifGone('still', 'lists')} as lists,
         ${ifGone(`'not_acknowledged'`, 'code')} as code, ${ifGone(literal(message), 'message')} as message,
         ${ifGone('1', 'attempts')} as attempts)
       from (${everyRecord}) as record
       join (select unnest($1) as of_stream, unnest($2) as of_key, unnest($3) as still) as undone
         on record.stream = of_stream and record.primary_key = of_key)`,
    [
      listValue(undone.map(({ removal }) => removal.stream)),
      listValue(undone.map(({ removal }) => removal.primaryKey)),
      listValue(undone.map(({ still }) => JSON.stringify(still))),
    ],
    [LIST(VARCHAR), LIST(VARCHAR), LIST(VARCHAR)],
  );
}

/** A record that is still on lists off which it was taken, as the destination has answered. */
export interface Unremoved {
  readonly primaryKey: string;
  readonly id: string;
  readonly still: readonly string[];
  /** When that was seen, in milliseconds since the epoch. */
  readonly at: number;
}

/** The removals from lists of a stream that were not done, and that no run has made again. */
export async function unremoved(connection: DuckDBConnection, stream: string): Promise<readonly Unremoved[]> {
  if (!(await hasColumn(connection, 'changes', 'still'))) return [];
  const found = await connection.runAndReadAll(
    `select primary_key, destination_id, still, epoch_ms(looked_at)::double from (${lastRemovals})
     where stream = ${literal(stream)} and still <> '[]' order by primary_key`,
  );
  return found.getRows().map(([primaryKey, id, still, at]) => ({
    primaryKey: String(primaryKey),
    id: String(id),
    still: namesIn(still),
    at: Number(at),
  }));
}
