import { type DuckDBConnection, DuckDBInstance, VARCHAR } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packedRows } from '../../../runtime/state/packed-rows.ts';
import { definitions } from '../../../runtime/state/schema.ts';
import type { Columns } from '../../../runtime/state/tables.ts';
import { runs } from '../../support/runs.ts';

const columns = {
  text: 'varchar',
  other: 'varchar',
  hash: 'ubigint',
  place: 'bigint',
  count: 'integer',
  done: 'boolean',
  at: 'timestamp',
} as const satisfies Columns;

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create();
  connection = await instance.connect();
  const types = definitions(columns);
  await connection.run(`create table rows (${types.join(', ')})`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

type Row = Readonly<Record<keyof typeof columns, unknown>>;

/** The rows, once they have been in a table. */
async function stored(rows: readonly Row[]): Promise<readonly Row[]> {
  const { sql, texts } = packedRows(columns, rows);
  await connection.run('truncate rows');
  await connection.run(`insert into rows ${sql}`, [...texts], Array(texts.length).fill(VARCHAR));
  const found = await connection.runAndReadAll(
    'select * replace (place::double as place, epoch_ms("at")::double as "at") from rows order by rowid',
  );
  return found.getRowObjects() as unknown as readonly Row[];
}

// Characters that could end a text, or stand for none, come often.
const text = fc.string({
  unit: fc.constantFrom('\u001f', '\u001e', '\u0000', '0', '1', '=', '"', "'", 'é', '😀', 'a'),
});
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null, freq: 3 });

const row = fc.record({
  text: orNull(text),
  other: fc.constantFrom('same', 'same', 'same', null),
  hash: orNull(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  place: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  count: orNull(fc.integer({ min: -5, max: 5 })),
  done: orNull(fc.boolean()),
  at: orNull(fc.integer({ min: 0, max: 4_000_000_000_000 })),
});

test('packed rows come out of a statement as they went in, whatever characters are in them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (rows) => {
      expect(await stored(rows)).toEqual(rows);
    }),
    { numRuns: runs(100, 5000) },
  );
});

test('rows that have everything in common are as many as they were', async () => {
  const one = { text: 'a', other: null, hash: 1n, place: 2, count: 3, done: true, at: 4 };
  expect(await stored([one, one, one])).toEqual([one, one, one]);
});
