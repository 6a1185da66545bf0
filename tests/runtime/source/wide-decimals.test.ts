import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databaseFile, failureOf, opened, temporaryFolder, values } from './support.ts';

// Made by pyarrow (make.py beside it): amount and amounts have decimals of 50 digits, price of 38.
const file = join(import.meta.dirname, '../../fixtures/parquet/wide-decimals.parquet');

const reading = [
  ['a query', `select id, amount from read_parquet('${file}')`],
  ['a list of files', `select id, amount from read_parquet(['${file}', '${file}'])`],
  ['a file in the place of a table', `from '${file}'`],
  ['a list in a row', `select amounts from '${file}'`],
  ['a cast', `select cast(amount as varchar) as amount from '${file}'`],
  ['a sub-query', `with a as (select * from '${file}') select sum(amount) as amount from a`],
] as const;

for (const [name, query] of reading) {
  test(`decimals that DuckDB reads wrongly are refused: ${name}`, async () => {
    const source = await opened({ type: 'duckdb' });
    expect(await failureOf(source.columns({ query, path: 'streams[0]' }))).toMatchObject({
      code: 'invalid_source',
      message: expect.stringMatching(
        /^streams\[0\]: column amounts? of .*wide-decimals\.parquet has decimals of 50 digits/,
      ),
    });
    expect(await failureOf(values(source, { query }))).toMatchObject({ code: 'invalid_source' });
  });
}

test('decimals that DuckDB reads wrongly are refused behind views, too', async () => {
  const database = await databaseFile(
    join(await temporaryFolder(), 'views.duckdb'),
    `create view raw as select * from read_parquet('${file}')`,
    'create view mart as select id, amount from raw',
  );
  const source = await opened({ type: 'duckdb', database });
  expect(await failureOf(values(source, { table: 'mart' }))).toMatchObject({
    message: expect.stringContaining('column amount of'),
  });
});

test('columns beside them are read', async () => {
  const source = await opened({ type: 'duckdb' });
  expect(await values(source, { query: `select id, price from '${file}'` })).toEqual([
    { id: '1', price: '1.50' },
    { id: '2', price: '-1.50' },
  ]);
});
