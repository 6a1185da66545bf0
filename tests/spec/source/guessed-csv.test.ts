import { expect, test } from 'vitest';
import { parseConfig } from '../../../spec/parse-config.ts';
import { guessesCsv } from '../../../spec/source/guessed-csv.ts';

test('a query that leaves the dialect of a CSV file to DuckDB is known from one that gives it', () => {
  const guessed = [
    `select * from 'people.csv'`,
    `from "people.csv.gz" where id > 1`,
    `select * from read_csv('people.csv')`,
    `with p as (select * from read_csv_auto('a(1).csv', header = true)) select * from p`,
    `select * from read_csv('a.csv', delim = ';', quote = '"') join read_csv('b.csv') using (id)`,
    `select * from read_csv('delim = quote =.csv')`,
  ];
  const told = [
    `select * from read_csv('people.csv', delim = ',', quote = '"', escape = '"', header = true)`,
    `select * from read_csv(['a.csv', 'b.csv'], sep = ';', quote = '', all_varchar = true)`,
    `select * from read_csv('a.csv', auto_detect = false, columns = {'id': 'varchar'})`,
    `select 'from ''people.csv''' as text from people -- read_csv('x')`,
    `select * from read_parquet('people.parquet')`,
  ];
  expect(guessed.map(guessesCsv)).toEqual(guessed.map(() => true));
  expect(told.map(guessesCsv)).toEqual(told.map(() => false));
});

test('it is said once, however many streams do so', () => {
  const warnings: string[] = [];
  const stream = (name: string, object: string) => ({ name, object, query: `from '${name}.csv'`, mapping: [] });
  parseConfig(
    { source: { type: 'duckdb' }, streams: [stream('a', 'contacts'), stream('b', 'accounts')] },
    { environment: { APOLLO_API_KEY: 'k' }, warn: (text) => warnings.push(text) },
  );
  expect(warnings).toEqual([expect.stringMatching(/^streams\[0\]\.query: reads CSV without its dialect/)]);
});
