import type { SourceRow } from '../../contract/record.ts';
import { TextAppender } from '../../duckdb/text-appender.ts';
import type { Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from '../staged/stage.ts';
import { stagedPages } from '../staged/staged-pages.ts';

/**
 * Makes a table of the position and match key of each staged row that has one. Keys are computed in JavaScript, where the
 * normalisation is, and compared in SQL, where they need not fit into memory.
 */
export const matchKeysOf = (work: Work, stage: Stage, { columns, matchKeyOf }: KeyReader): Promise<WorkTable> =>
  keysIn(work, stage, { columns, keyOf: ({ row, repeated }) => (repeated ? undefined : matchKeyOf(row)) });

/** Makes a table of the `position` and the `key` of each staged row that has one; the rows are of these columns only. */
export async function keysIn(
  work: Work,
  stage: Stage,
  { columns, keyOf }: { readonly columns: readonly string[]; keyOf(row: SourceRow): string | undefined },
): Promise<WorkTable> {
  const keys = work.work.newTable('keys');
  await work.connection.run(`create table ${keys.sql} (position bigint, key varchar)`);
  const own = await work.work.connect();
  try {
    const appender = await TextAppender.to(own, keys);
    for await (const page of stagedPages(work, withoutKnown(stage), { columns })) {
      for (const row of page) {
        const key = keyOf(row);
        if (key !== undefined) appender.append(row.position, key);
      }
    }
    appender.close();
  } finally {
    work.work.release(own);
  }
  return keys;
}

/** The same rows without what is known of them, which is much to read and to parse. */
function withoutKnown({ compared, ...stage }: Stage): Stage {
  return compared === undefined ? stage : { ...stage, compared: { rowHash: 'null', repeated: compared.repeated } };
}
