import type { DuckDBConnection } from '@duckdb/node-api';
import { stateTable } from './schema.ts';

let last = 0;

/**
 * The first of so many numbers that tell rows of a stream, or of a run, apart: they ascend over all runs, so a later entry of a
 * row has the higher one.
 */
export function nextPlace(now: number, count = 1): number {
  const place = Math.max(last + 1, now * 1000);
  last = place + count - 1;
  return place;
}

/** Has places go on after those that stand in the store: a clock may have been set back since. */
export async function goOnAfterStored(connection: DuckDBConnection): Promise<void> {
  const found = await connection.runAndReadAll(
    `select greatest((select max(place) from ${stateTable('records')}), (select max(seq) from ${stateTable('journal')}),
       (select max(place) from ${stateTable('outcomes')}))::double`,
  );
  last = Math.max(last, Number(found.getRows()[0]?.[0]));
}
