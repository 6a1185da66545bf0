import type { DuckDBConnection } from '@duckdb/node-api';
import type { Decision } from '../../contract/decision.ts';
import type { Settled } from '../../contract/record.ts';
import { texts } from '../../duckdb/parameters.ts';
import { literal } from '../../duckdb/sql.ts';
import { compactedRecords } from '../compact.ts';
import { nextPlace } from '../next-place.ts';
import { hasTable, stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import type { TableRow } from '../tables.ts';

type Conflict = NonNullable<Decision['conflict']>;

const [decisions, conflicts] = [stateTable('decisions'), stateTable('conflicts')];

/** A decision as a person has written it; `id` is that of the record in the way, where it was written beside it. */
export interface Given {
  readonly word: string;
  readonly id?: string | undefined;
}

/** What is decided of the rows of a stream. */
export interface GivenDecisions {
  /** By primary key. */
  readonly given: ReadonlyMap<string, Given>;
  /** What is not given any more is not decided any more. Otherwise what the store has kept goes on to hold. */
  readonly isAll: boolean;
}

interface Decided {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Primary keys of rows that have no record yet. */
  readonly open: ReadonlySet<string>;
  /** Primary keys of rows that were decided otherwise before, or not at all: they are looked at again. */
  readonly changed: readonly string[];
  /** What is to be kept from now on of those that are decided now. */
  readonly fresh: ReadonlyMap<string, Decision>;
}

/**
 * What holds by the decisions that are given and those that are kept. A decision is about the record that the row was refused
 * for when a run first saw it: what another conflict names later was not decided. Reads only.
 */
export async function decidedBy(
  connection: DuckDBConnection,
  stream: string,
  { given, isAll }: GivenDecisions,
): Promise<Decided> {
  const kept = await keptDecisions(connection, stream);
  const isKept = (key: string, { word, id }: Given): boolean => {
    const before = kept.get(key);
    return before?.word === word && (id === undefined || id === before.conflict?.id);
  };
  const news = [...given].filter(([key, one]) => !isKept(key, one));
  const known = await lastConflicts(
    connection,
    stream,
    news.map(([key]) => key),
  );
  const shown = await shownRecords(
    connection,
    news.flatMap(([, { id }]) => id ?? []),
  );
  const fresh = new Map(news.map(([key, one]) => [key, bound(one, known.get(key), shown)]));
  const undone = isAll ? [...kept.keys()].filter((key) => !given.has(key)) : [];
  const left = [...kept].filter(([key]) => !undone.includes(key) && !fresh.has(key));
  const all = new Map([...left, ...fresh]);
  const open = await withoutRecord(connection, stream, [...all.keys()]);
  return { decisions: await withTaken(connection, stream, all), open, changed: [...fresh.keys(), ...undone], fresh };
}

/** Keeps what is decided now, and forgets what is not any more; statements of one transaction. */
export async function keepDecisions(
  connection: DuckDBConnection,
  { changed, fresh }: Decided,
  { stream, runId, at }: { readonly stream: string; readonly runId: string; readonly at: number },
): Promise<void> {
  if (changed.length === 0) return;
  await connection.run(
    `delete from ${decisions} where stream = $1 and primary_key in (select unnest($2))`,
    ...texts(stream, changed),
  );
  const rows = [...fresh].map(
    ([primaryKey, { word, conflict }]): TableRow<'decisions'> => ({
      stream,
      primary_key: primaryKey,
      decision: word,
      destination_id: conflict?.id ?? null,
      evidence: conflict?.evidence ?? null,
      match_key: conflict?.matchKey ?? null,
      at,
      run_id: runId,
    }),
  );
  await appendRows(connection, 'decisions', rows);
}

/** The record that a rejected row was refused for, to be kept. */
export function conflictOf(
  { outcome, primaryKey, matchKey, isKnownReject }: Settled,
  { stream, runId, at }: { readonly stream: string; readonly runId: string; readonly at: number },
): readonly TableRow<'conflicts'>[] {
  if (outcome.status !== 'rejected' || primaryKey === undefined || isKnownReject) return [];
  const { destinationId: id, evidence } = outcome.rejection;
  if (id === undefined || evidence === undefined) return [];
  const named = { stream, primary_key: primaryKey, destination_id: id, evidence };
  return [{ ...named, match_key: matchKey ?? null, at, run_id: runId, place: nextPlace(at) }];
}

/** A decision and the record that it is about: the one that stands beside it, or the one that the row was refused for. */
function bound({ word, id }: Given, known: Conflict | undefined, shown: ReadonlyMap<string, string>): Decision {
  if (id === undefined || id === known?.id) return { word, ...(known && { conflict: known }) };
  const evidence = shown.get(id);
  return { word, conflict: { id, ...(evidence !== undefined && { evidence }) } };
}

/** How an inventory has shown records that a file names: what a person saw beside the decision is from there. */
async function shownRecords(
  connection: DuckDBConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0 || !(await hasTable(connection, 'inventory'))) return new Map();
  const found = await connection.runAndReadAll(
    `select id, shown from ${stateTable('inventory')} where id in (select unnest($1))`,
    ...texts(ids),
  );
  return new Map(found.getRows().map(([id, shown]) => [String(id), String(shown)]));
}

async function keptDecisions(connection: DuckDBConnection, stream: string): Promise<ReadonlyMap<string, Decision>> {
  if (!(await hasTable(connection, 'decisions'))) return new Map();
  const found = await connection.runAndReadAll(
    `select primary_key, decision, destination_id, evidence, match_key from ${decisions} where stream = ${literal(stream)}`,
  );
  return new Map(
    found.getRows().map(([key, word, ...conflicting]) => {
      const conflict = conflictFrom(conflicting);
      return [String(key), { word: String(word), ...(conflict && { conflict }) }];
    }),
  );
}

function conflictFrom([id, evidence, matchKey]: readonly unknown[]): Conflict | undefined {
  if (id === null) return undefined;
  return {
    id: String(id),
    ...(evidence !== null && { evidence: String(evidence) }),
    ...(matchKey !== null && { matchKey: String(matchKey) }),
  };
}

/** What the rows were refused for last, of those that still are. */
async function lastConflicts(
  connection: DuckDBConnection,
  stream: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Conflict>> {
  if (keys.length === 0 || !(await hasTable(connection, 'conflicts'))) return new Map();
  const found = await connection.runAndReadAll(
    `select primary_key, destination_id, evidence, match_key from ${conflicts}
     where stream = $1 and primary_key in (select unnest($2)) and primary_key in (
       select primary_key from (${compactedRecords(literal(stream))})
       where outcome = 'rejected' and code in ('match_conflict', 'decision_stale'))
     order by place`,
    ...texts(stream, keys),
  );
  return new Map(found.getRows().map(([key, ...conflicting]) => [String(key), conflictFrom(conflicting)!]));
}

async function withoutRecord(connection: DuckDBConnection, stream: string, keys: readonly string[]) {
  const found = await connection.runAndReadAll(
    `select primary_key from (${compactedRecords(literal(stream))})
     where destination_id is not null and primary_key in (select unnest($1))`,
    ...texts(keys),
  );
  const held = new Set(found.getRows().map(([key]) => String(key)));
  return new Set(keys.filter((key) => !held.has(key)));
}

/** Marks decisions about records that other rows of the stream have. */
async function withTaken(
  connection: DuckDBConnection,
  stream: string,
  all: ReadonlyMap<string, Decision>,
): Promise<ReadonlyMap<string, Decision>> {
  const ids = [...all.values()].flatMap(({ conflict }) => conflict?.id ?? []);
  if (ids.length === 0) return all;
  const found = await connection.runAndReadAll(
    `select destination_id, primary_key from (${compactedRecords(literal(stream))})
     where destination_id in (select unnest($1)) and outcome not in ('superseded', 'removed')`,
    ...texts(ids),
  );
  const holders = found.getRows().map(([id, key]) => [String(id), String(key)] as const);
  const isTaken = (key: string, id: string): boolean => holders.some(([held, by]) => held === id && by !== key);
  return new Map(
    [...all].map(([key, one]) => [
      key,
      one.conflict && isTaken(key, one.conflict.id) ? { ...one, isTaken: true } : one,
    ]),
  );
}
