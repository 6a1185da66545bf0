import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigFailure } from '../../../runtime/contract/failure.ts';
import { defaultMemoryLimit } from '../../../runtime/duckdb/work-database.ts';
import { allRows, databaseFile, failureOf, keyOf, opened, temporaryFolder, values } from './support.ts';

const tables = [
  'create schema marts',
  'create table marts.apollo_contacts as select 1 as id',
  'create table marts."odd.name ""x""" as select 2 as id',
  'create table accounts as select 3 as id',
  'create view marts.everything as select id from marts.apollo_contacts union all select id from accounts',
];

test('tables and queries are named as in the duckdb command line', async () => {
  const file = await databaseFile(join(await temporaryFolder(), 'warehouse.duckdb'), ...tables);
  const source = await opened({ type: 'duckdb', database: file });
  expect(await values(source, { table: 'marts.apollo_contacts' })).toEqual([{ id: 1 }]);
  expect(await values(source, { table: 'warehouse.marts.apollo_contacts' })).toEqual([{ id: 1 }]);
  expect(await values(source, { table: 'marts."odd.name ""x"""' })).toEqual([{ id: 2 }]);
  expect(await values(source, { table: 'Accounts' })).toEqual([{ id: 3 }]);
  expect(await values(source, { table: 'marts.everything' })).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await values(source, { query: 'from warehouse.main.accounts; -- all of them' })).toEqual([{ id: 3 }]);
  expect(await values(source, { query: 'with a as (from accounts) select id + 1 as id from a' })).toEqual([{ id: 4 }]);
});

for (const stem of ['memory', 'temp', 'system', 'main', 'work:', 'with space.and dot']) {
  test(`a database file may be called ${stem}.duckdb`, async () => {
    const file = await databaseFile(join(await temporaryFolder(), `${stem}.duckdb`), ...tables);
    const source = await opened({ type: 'duckdb', database: file });
    expect(await values(source, { table: 'marts.apollo_contacts' })).toEqual([{ id: 1 }]);
  });
}

test('a file called memory keeps its name in a query', async () => {
  const file = await databaseFile(join(await temporaryFolder(), 'memory.duckdb'), ...tables);
  const source = await opened({ type: 'duckdb', database: file });
  expect(await values(source, { query: 'from memory.main.accounts' })).toEqual([{ id: 3 }]);
});

test('without a database, a query reads Parquet, CSV and JSON files', async () => {
  const folder = await temporaryFolder();
  const make = ['parquet', 'csv', 'json'].map((format) => `copy (select 7 as id) to '${join(folder, `f.${format}`)}'`);
  await databaseFile(join(folder, 'make.duckdb'), ...make);
  const source = await opened({ type: 'duckdb' });
  for (const [format, id] of [
    ['parquet', 7],
    ['csv', '7'],
    ['json', '7'],
  ] as const) {
    expect(await values(source, { query: `from read_${format}('${join(folder, `f.${format}`)}')` })).toEqual([{ id }]);
  }
});

test('columns come in order, with the type DuckDB names', async () => {
  const source = await opened({ type: 'duckdb' });
  const query = `select 1::bigint as b, [1.5::decimal(4,2)] as a, '{}'::json as j`;
  expect(await source.columns({ query, path: 'streams[0]' })).toEqual([
    { name: 'b', type: 'BIGINT' },
    { name: 'a', type: 'DECIMAL(4,2)[]' },
    { name: 'j', type: 'JSON' },
  ]);
});

const refused: readonly (readonly [name: string, relation: object, message: RegExp])[] = [
  ['neither table nor query', {}, /streams\[0\]: a DuckDB source needs a table or a query/],
  ['table and query', { table: 'a', query: 'select 1' }, /streams\[0\]: has a table and a query/],
  [
    'a missing table',
    { table: 'marts.apolo_contacts' },
    /no table "marts.apolo_contacts"; near it: marts.apollo_contacts, /,
  ],
  ['a table without its schema', { table: 'apollo_contacts' }, /near it: marts.apollo_contacts, /],
  [
    'SQL for a table',
    { table: 'accounts where id = 1' },
    /streams\[0\].table: there is no table "accounts where id = 1"/,
  ],
  ['a name with an empty part', { table: 'marts..x' }, /"marts..x" is not the name of a table/],
  ['a name of four parts', { table: 'a.b.c.d' }, /is not the name of a table/],
  [
    'a missing table in a query',
    { query: 'from acounts' },
    /streams\[0\].query: Catalog Error: Table with name acounts.*Did you mean "accounts"/s,
  ],
  ['a missing column', { query: 'select nope from accounts' }, /streams\[0\].query: Binder Error: .*nope/s],
  ['a syntax error', { query: 'selec 1' }, /streams\[0\].query: Parser Error: syntax error at or near "selec"/],
  ['an empty query', { query: ' -- nothing\n;' }, /streams\[0\].query: is empty/],
  ['two statements', { query: 'select 1; select 2' }, /has 2 statements; expected one SELECT/],
  ['an injected statement', { query: 'select 1); drop table accounts; --' }, /Parser Error/],
  ['a statement that writes', { query: 'create table x as select 1' }, /is CREATE; expected one SELECT/],
  ['a setting', { query: "set TimeZone = 'Asia/Tokyo'" }, /expected one SELECT/],
  ['a pragma', { query: 'pragma version' }, /expected one SELECT statement/],
  ['parameters', { query: 'select ?' }, /has parameters/],
  ['two columns of one name', { query: 'select 1 as a, 2 as b, 3 as a' }, /more than one column named "a"/],
  ['an unnamed struct', { query: 'select row(1, 2) as r' }, /column r is a struct without names/],
  ['a missing file', { query: "from 'nowhere.parquet'" }, /IO Error: No files found/],
];

test.each(refused)('%s is a mistake in the configuration', async (_, relation, message) => {
  const file = await databaseFile(join(await temporaryFolder(), 'warehouse.duckdb'), ...tables);
  const source = await opened({ type: 'duckdb', database: file });
  const failure = await failureOf(source.columns({ path: 'streams[0]', ...relation }));
  expect(failure).toBeInstanceOf(ConfigFailure);
  expect(failure).toMatchObject({ code: 'invalid_source', message: expect.stringMatching(message) });
  expect(await failureOf(allRows(source, relation))).toMatchObject({ code: 'invalid_source' });
});

test('tables are near that have the name in other schemas, or the schema and another name', async () => {
  const others = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((schema) => [
    `create schema ${schema}`,
    `create table ${schema}.apollo_contacts as select 1 as id`,
  ]);
  const renamed = 'alter table marts.apollo_contacts rename to apollo_contacts_old';
  const alike = [1, 2, 3, 4, 5].map((n) => `create table apollo_account${n} as select 1 as id`);
  const file = await databaseFile(
    join(await temporaryFolder(), 'warehouse.duckdb'),
    ...tables,
    ...others,
    renamed,
    ...alike,
    'create table f.apollo_accounts as select 1 as id',
  );
  const source = await opened({ type: 'duckdb', database: file });
  const nearTo = async (table: string) =>
    /near it: (.*?)[,;.]? /.exec(`${String(await failureOf(source.columns({ path: 'streams[0]', table })))} `)?.[1];
  expect(await nearTo('marts.apollo_contacts')).toBe('marts.apollo_contacts_old');
  expect(await nearTo('warehouse.marts.apollo_contacts')).toBe('marts.apollo_contacts_old');
  expect(await nearTo('apollo_accounts')).toBe('f.apollo_accounts');
  expect(await nearTo('main.apollo_acount1')).toBe('apollo_account1');
});

test('a match key of a column that is not there is a mistake in the configuration', async () => {
  const source = await opened({ type: 'duckdb' });
  expect(await failureOf(allRows(source, { query: 'select 1 as id' }, keyOf('email')))).toMatchObject({
    code: 'invalid_source',
    message: 'streams[0]: has no column email, which the match key is made of; it has id',
  });
});

test('a missing file, a folder and a file of another kind are no database', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'text.duckdb'), 'no database at all');
  for (const [name, message] of [
    ['missing.duckdb', /^source.database: .*missing.duckdb cannot be opened: ENOENT/],
    ['folder', /^source.database: .*folder is a folder; expected a DuckDB database file$/],
    ['text.duckdb', /^source.database: .*text.duckdb is not a DuckDB database file/],
  ] as const) {
    const failure = await failureOf(opened({ type: 'duckdb', database: join(folder, name) }));
    expect(failure).toMatchObject({ code: 'invalid_source', message: expect.stringMatching(message) });
  }
});

test('a file that another process writes is named with its holder', async () => {
  const file = await databaseFile(join(await temporaryFolder(), 'busy.duckdb'), ...tables);
  const hold = `import { DuckDBInstance } from '@duckdb/node-api';
    globalThis.held = await DuckDBInstance.create(${JSON.stringify(file)});
    console.log('held'); process.stdin.resume();`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', hold], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    expect(await failureOf(opened({ type: 'duckdb', database: file }))).toMatchObject({
      code: 'invalid_source',
      message: expect.stringMatching(new RegExp(`busy.duckdb is locked by .*PID ${holder.pid}`)),
    });
  } finally {
    holder.stdin.end();
    await once(holder, 'exit');
  }
});

test('the database is opened for reading only, and stays free for other readers', async () => {
  const file = await databaseFile(join(await temporaryFolder(), 'warehouse.duckdb'), ...tables);
  const [one, two] = [
    await opened({ type: 'duckdb', database: file }),
    await opened({ type: 'duckdb', database: file }),
  ];
  expect(await values(one, { table: 'accounts' })).toEqual(await values(two, { table: 'accounts' }));
});

test('a memory limit that DuckDB does not understand is a mistake in the configuration', async () => {
  const temporaryDirectory = await temporaryFolder();
  const failure = await failureOf(opened({ type: 'duckdb', memory_limit: 'plenty' }, { temporaryDirectory }));
  expect(failure).toMatchObject({ code: 'invalid_source', message: expect.stringMatching(/refused its settings/) });
  expect(await readdir(temporaryDirectory)).toEqual([]);
});

test('the default memory limit is a fifth of what the process may use, 1 GB at most', () => {
  expect(defaultMemoryLimit(500_000_000)).toBe('100MB');
  expect(defaultMemoryLimit(0)).toBe(defaultMemoryLimit(undefined));
  expect(defaultMemoryLimit(2 ** 63)).toBe(defaultMemoryLimit(undefined));
  expect(Number.parseInt(defaultMemoryLimit(undefined), 10)).toBeLessThanOrEqual(1000);
});
