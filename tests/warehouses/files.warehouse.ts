import { execFileSync } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { allRows, keyOf, opened, temporaryFolder } from '../runtime/source/support.ts';
import { closeEmulators } from '../support/emulator.ts';
import { extensions, python } from './support.ts';

afterEach(closeEmulators);

const key = { ...keyOf('email'), primaryKeyColumn: 'id', reads: ['email'] };
const expected = [1, 2, 3].map((id) => ({ id, email: `p${id}@files.example` }));
const people = `select i::integer as id, 'p' || i || '@files.example' as email, 'x' as more from range(1, 4) r(i)`;

/** Runs statements in a DuckDB that has extensions. */
async function duckdb(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { extension_directory: extensions });
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

const rowsOf = async (source: object, relation: object) => {
  const open = await opened({ type: 'duckdb', extension_directory: extensions, ...source });
  return (await allRows(open, relation, key)).map(({ row }) => row);
};

test('a SQLite file is read, mapped columns alone', async () => {
  const file = join(await temporaryFolder(), 'crm.sqlite');
  const script = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('create table people (id integer, email text, more text)')
db.executemany('insert into people values (?, ?, ?)', [(i, f'p{i}@files.example', 'x') for i in (3, 1, 2)])
db.commit()`;
  execFileSync(python, ['-c', script, file]);
  const attach = [{ path: file, type: 'sqlite', alias: 'crm' }];
  const rows = await rowsOf({ attach }, { table: 'crm.people' });
  expect(rows.map(({ id, email }) => ({ id: Number(id), email }))).toEqual(expected);
});

test('a DuckLake is read', async () => {
  const folder = await temporaryFolder();
  const path = `ducklake:${join(folder, 'meta.ducklake')}`;
  await duckdb(
    'load ducklake',
    `attach '${path}' as lake (data_path '${folder}/data/')`,
    `create table lake.people as ${people}`,
  );
  expect(await rowsOf({ attach: [{ path, alias: 'lake' }] }, { table: 'lake.people' })).toEqual(expected);
});

test('Parquet is read over HTTP, and only the columns that are mapped', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'people.parquet');
  await duckdb(`copy (${people}) to '${file}' (format parquet)`);
  const server = createServer((request, response) => {
    const { size } = statSync(file);
    const [, from, to] = /bytes=(\d+)-(\d+)?/.exec(request.headers.range ?? '') ?? [];
    const range =
      from === undefined ? undefined : { start: Number(from), end: to === undefined ? size - 1 : Number(to) };
    const length = range === undefined ? size : range.end - range.start + 1;
    response.writeHead(range === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': length,
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file, range).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/people.parquet`;
  expect(await rowsOf({ extensions: ['httpfs'] }, { query: `from read_parquet('${url}')` })).toEqual(expected);
});
