import { runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Readable } from './readable.ts';

/** Rows whose positions ascend in their order, and what they were numbered by. */
export interface Ranked {
  readonly source: Readable;
  readonly ranks: WorkTable | undefined;
}

/**
 * Numbers rows that came in no order by the order that counts, in a source and in a diff of it. What is sorted is what orders
 * them and where they are, not the rows, and not before something differs: a run without changes needs no order.
 */
export async function ranked(work: Work, source: Readable, diff: WorkTable): Promise<Ranked> {
  const { order, ...rows } = source;
  if (order === undefined) return { source, ranks: undefined };
  const ranks = work.work.newTable('ranks');
  await runWork(
    work,
    `create table ${ranks.sql} as select row_number() over () - 1 as position, place
     from (select ${rows.position} as place from ${rows.sql} order by ${order})`,
  );
  await runWork(
    work,
    `update ${diff.sql} as diff set position = ranks.position from ${ranks.sql} as ranks where ranks.place = diff.position`,
  );
  const sql = `${rows.sql} join ${ranks.sql} as ranks on ranks.place = ${rows.position}`;
  return { source: { ...rows, sql, position: 'ranks.position' }, ranks };
}
