import type { DuckDBConnection, Json } from '@duckdb/node-api';

/** What is kept of rows, whatever kind of store it is: not what runs do at this moment, nor limits, which each kind keeps in its way. */
const TABLES = [
  'records',
  'journal',
  'intents',
  'outcomes',
  'streams',
  'runs',
  'rejects',
  'changes',
  'conflicts',
  'decisions',
  'protected_fields',
] as const;

/** What a state store holds: its tables, each in an order of its own values. */
export type Kept = Readonly<Record<(typeof TABLES)[number], readonly Readonly<Record<string, Json>>[]>>;

/** Reads a state store that is the current database. */
export async function keptIn(store: DuckDBConnection): Promise<Kept> {
  const kept: Partial<Record<keyof Kept, Kept[keyof Kept]>> = {};
  await store.run('begin');
  for (const table of TABLES) {
    const found = await store.runAndReadAll(`from ${table} order by all`);
    kept[table] = found.getRowObjectsJson();
  }
  await store.run('commit');
  return kept as Kept;
}
