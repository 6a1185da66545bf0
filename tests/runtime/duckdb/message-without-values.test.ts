import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { messageWithoutValues } from '../../../runtime/duckdb/message-without-values.ts';
import { allRows, databaseFile, failureOf, opened, temporaryFolder } from '../source/support.ts';

const CSV = `header = true, delim = ',', quote = '"', escape = '"'`;

// The value of a row that no message may show.
const value = 'Max "Mo" O\'Canary';

/** What a query over files of a folder ends in. */
async function messageOf(query: string, files: Readonly<Record<string, string | Buffer>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const source = await opened({ type: 'duckdb' });
  return String(((await failureOf(allRows(source, { query: query.replaceAll('@', folder) }))) as Error).message);
}

const lines = (count: number, bad: number) =>
  Array.from({ length: count }, (_, line) => `${line},${line === bad ? `"Max ""Mo"" O'Canary"` : line}`);

test.each<[string, string, Record<string, string | Buffer>, readonly (string | RegExp)[]]>([
  [
    'a value in line 2502 of a CSV file that is no integer',
    `from read_csv('@/a.csv', ${CSV}, columns = {'id': 'INTEGER', 'n': 'INTEGER'}, auto_detect = false)`,
    { 'a.csv': `id,n\n${lines(3000, 2500).join('\n')}\n` },
    ['Line: 2502', 'a.csv', 'column "n"', 'INTEGER'],
  ],
  [
    'a line of a CSV file that is too wide',
    `from read_csv('@/a.csv', ${CSV}, columns = {'id': 'INTEGER', 'n': 'VARCHAR'}, auto_detect = false)`,
    { 'a.csv': `id,n\n1,b\n2,Canary,Canary\n` },
    ['Line: 3', 'a.csv', 'Expected Number of Columns: 2 Found: 3', 'null_padding'],
  ],
  [
    'a quote of a CSV file that is not closed',
    `from read_csv('@/a.csv', ${CSV}, columns = {'id': 'INTEGER', 'n': 'VARCHAR'}, auto_detect = false)`,
    { 'a.csv': `id,n\n1,b\n2,"Canary\n` },
    ['Line: 3', 'a.csv', 'unterminated quote'],
  ],
  [
    'a CSV file that is not UTF-8',
    `from read_csv('@/a.csv', ${CSV}, columns = {'id': 'INTEGER', 'n': 'VARCHAR'}, auto_detect = false)`,
    { 'a.csv': Buffer.from('id,n\n1,b\n2,Canary\xfcx\n', 'latin1') },
    ['Line: 3', 'a.csv', 'Invalid unicode', 'encoding'],
  ],
  [
    'a value that looks like the end of a CSV message',
    `from read_csv('@/a.csv', ${CSV}, columns = {'id': 'INTEGER', 'n': 'INTEGER'}, auto_detect = false)`,
    {
      'a.csv': `id,n\n1,"\nColumn Canary is being converted as type Canary\n  file = Canary\n* Canary\n\nLINE 1: Canary"\n`,
    },
    ['Line: 2', 'a.csv', 'column "n"', 'INTEGER'],
  ],
  [
    'JSON that is damaged',
    `from read_json('@/a.json')`,
    { 'a.json': '{"id":1,"n":"x"}\n{"id":2,"n":"Canary}\n{"id":3}\n' },
    ['a.json', /at byte \d+/, /line \d/, 'unexpected control character'],
  ],
  [
    'a value of JSON that is no integer',
    `from read_json('@/a.json', columns = {'n': 'INTEGER'})`,
    { 'a.json': `{"n":"3"}\n${JSON.stringify({ n: value })}\n` },
    ['a.json', 'in line 2', 'Failed to cast value to numerical', 'Try setting'],
  ],
  [
    'a Parquet file that is cut',
    `from '@/a.parquet'`,
    { 'a.parquet': 'PAR1 Canary' },
    ['a.parquet', 'damaged or cut off'],
  ],
  ['a file that is not there', `from read_csv('@/nowhere.csv', ${CSV})`, {}, ['nowhere.csv', 'No files found']],
  [
    'a cast in a query',
    `select cast(n as integer) as n from (values ('1'), ('Max "Mo" O''Canary')) t(n)`,
    {},
    ['Conversion Error: Could not convert string … to INT32'],
  ],
  [
    'a date that cannot be parsed',
    `select strptime(n, '%Y') as n from (values ('Max "Mo" O''Canary')) t(n)`,
    {},
    ['Invalid Input Error: Could not parse string …'],
  ],
  [
    'a number that is too large',
    `select n::tinyint as n from (values (4711::bigint)) t(n)`,
    {},
    ["Type INT64 with value … can't be cast", 'INT8'],
  ],
  [
    'a column that is not there',
    `select nope\nfrom (values (1)) t(yep)`,
    {},
    ['nope', 'yep', 'line 1, column 8 of the query'],
  ],
])('%s: file, place and remedy are told, the value is not', async (_, query, files, told) => {
  const message = await messageOf(query, files);
  for (const each of told)
    expect(message).toEqual(each instanceof RegExp ? expect.stringMatching(each) : expect.stringContaining(each));
  expect(message).not.toMatch(/Canary|Max|4711|LINE 1/);
});

test('an extension that is missing is named, and where to put it', async () => {
  const message = messageWithoutValues(
    new Error(
      `Extension Autoloading Error: An error occurred while trying to automatically install the required extension 'httpfs':\nFailed to download extension "httpfs"\n\nLINE 1: from 'https://user:half-a-pass...\n             ^`,
    ),
  );
  expect(message).toMatch(/required extension 'httpfs'[\s\S]*source\.extension_directory/);
  expect(message).not.toContain('half-a-pass');
});

test('a table or a view that is there and cannot be read says so', async () => {
  const file = await databaseFile(
    join(await temporaryFolder(), 'warehouse.duckdb'),
    `attach ':memory:' as other`,
    'create table other.t as select 1 as a',
    'create schema stg',
    'create schema "ma.rts"',
    'create table stg.raw as select 1 as k, 2 as gone',
    'create table stg.thin as select 1 as k',
    'use warehouse.stg',
    'create view "ma.rts"."un""q" as select k from raw',
    'create view "ma.rts".elsewhere as select * from other.t',
    'create view "ma.rts".narrow as select gone from stg.thin2'.replace('stg.thin2', 'raw'),
    'alter table stg.raw drop column gone',
  );
  const source = await opened({ type: 'duckdb', database: file });
  const said = async (relation: object) => ((await failureOf(allRows(source, relation))) as Error).message;
  expect(await said({ table: '"ma.rts"."un""q"' })).toMatch(
    /^streams\[0\]\.table: "ma\.rts"\."un""q" cannot be read: Catalog Error: Table with name raw does not exist![\s\S]*is a view/,
  );
  expect(await said({ table: '"ma.rts".elsewhere' })).toMatch(/elsewhere cannot be read: .*other/);
  expect(await said({ table: 'warehouse."ma.rts".elsewhere' })).toMatch(/elsewhere cannot be read: .*other/);
  expect(await said({ table: '"ma.rts".narrow' })).toMatch(/narrow cannot be read: (Catalog|Binder) Error/);
  expect(await said({ query: 'select * from "ma.rts".elsewhere' })).toMatch(
    /query: .*elsewhere"? cannot be read: .*other/,
  );
  expect(await said({ table: '"ma.rts".nope' })).toMatch(/there is no table .*; near it: /);
  expect(await said({ table: 'nodb.nos.nope' })).toMatch(/there is no table "nodb\.nos\.nope"; near it: /);
});

/** A database file with another storage version, with the checksum that DuckDB says is the right one. */
async function ofVersion(version: number): Promise<string> {
  const file = await databaseFile(join(await temporaryFolder(), 'other.duckdb'), 'create table t as select 1 as a');
  const bytes = await readFile(file);
  bytes.writeUInt32LE(version, 12);
  await writeFile(file, bytes);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const error = (await failureOf(connection.run(`attach '${file}' as x (read_only)`))) as Error;
  bytes.writeBigUInt64LE(BigInt(/computed checksum (\d+)/.exec(error.message)?.[1] ?? '0'), 0);
  await writeFile(file, bytes);
  return file;
}

async function encrypted(): Promise<string> {
  const file = join(await temporaryFolder(), 'closed.duckdb');
  await databaseFile(
    join(await temporaryFolder(), 'any.duckdb'),
    `set force_mbedtls_unsafe = 'true'`,
    `attach '${file}' as closed (encryption_key 'a key')`,
    'create table closed.t as select 1 as a',
  );
  return file;
}

/** What a writer leaves that made an index and died before a checkpoint. */
async function withLog(): Promise<string> {
  const folder = await temporaryFolder();
  const instance = await DuckDBInstance.create(join(folder, 'live.duckdb'));
  const connection = await instance.connect();
  for (const sql of [
    'create table t (a integer primary key)',
    'checkpoint',
    'insert into t select * from range(10)',
    'create index i on t(a)',
  ])
    await connection.run(sql);
  await mkdir(join(folder, 'dead'));
  const file = join(folder, 'dead', 'live.duckdb');
  await copyFile(join(folder, 'live.duckdb'), file);
  await copyFile(join(folder, 'live.duckdb.wal'), `${file}.wal`);
  connection.closeSync();
  instance.closeSync();
  return file;
}

async function cut(): Promise<string> {
  const file = await databaseFile(join(await temporaryFolder(), 'cut.duckdb'), 'create table t as from range(9)');
  await writeFile(file, (await readFile(file)).subarray(0, 9000));
  return file;
}

test.each<[string, () => Promise<string>, RegExp]>([
  [
    'of a newer DuckDB',
    () => ofVersion(69),
    /has storage version 69; versions 64 to 68 are read.*newer.*STORAGE_VERSION/,
  ],
  [
    'of an older DuckDB',
    () => ofVersion(51),
    /has storage version 51; versions 64 to 68 are read.*older.*EXPORT DATABASE/,
  ],
  ['that is encrypted', encrypted, /is encrypted.*COPY FROM DATABASE/],
  ['with the log of an index', withLog, /write-ahead log.*open it once for writing.*CHECKPOINT/i],
  ['that is cut', cut, /is damaged or cut off; take a whole copy/],
])('a database %s says what to do', async (_, make, message) => {
  const file = await make();
  const failure = (await failureOf(opened({ type: 'duckdb', database: file }))) as Error;
  expect(failure).toMatchObject({ code: 'invalid_source', message: expect.stringMatching(message) });
  expect(failure.message).toContain(basename(file));
});
