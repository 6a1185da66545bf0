import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { closeEmulators } from '../support/emulator.ts';
import { extensions, heldAfter, postgres, psql, python, s3, server } from './support.ts';

const fixtures = join(import.meta.dirname, '../fixtures/same-rows');
const parquet = join(fixtures, 'people.parquet');
const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-same-rows-'));
const lake = `ducklake:${join(folder, 'lake.ducklake')}`;
let delta = '';
let iceberg = '';

/** ClickHouse, as far as it answers this: with what it wrote into files. */
const clickHouse = createServer((request, response) => {
  let sql = '';
  request.on('data', (chunk) => {
    sql += chunk;
  });
  request.on('end', () => {
    const name = /^describe/i.test(sql) ? 'clickhouse-describe' : 'clickhouse-rows';
    response.end(readFileSync(join(fixtures, `${name}.arrows`)));
  });
});

beforeAll(async () => {
  const script = join(import.meta.dirname, 'write-lakes.py');
  const written = execFileSync(python, [script, parquet, folder, ...(s3 === undefined ? [] : [s3.href])]);
  [delta, iceberg] = written.toString().trim().split('\n') as [string, string];
  const instance = await DuckDBInstance.create(':memory:', { extension_directory: extensions });
  const connection = await instance.connect();
  psql('create schema same; create role reader_of_same login; grant usage on schema same to reader_of_same');
  const { hostname, port } = server;
  const owner = `host '${hostname}', port ${port}, database 'postgres', user 'postgres', password '${process.env['PGPASSWORD']}'`;
  for (const sql of [
    'load postgres_scanner',
    'load ducklake',
    `create secret owner (type postgres, ${owner})`,
    `attach '' as wh (type postgres, secret owner)`,
    `create table wh.same.people as from '${parquet}'`,
    `attach '${lake}' as lake (data_path '${folder}/lake/')`,
    `create table lake.people as from '${parquet}'`,
    `insert into lake.people (id, email) values (1, 'gone@same.example')`,
    'delete from lake.people where id = 1',
    `attach '${folder}/people.duckdb' as file`,
    `create table file.people as from '${parquet}'`,
    `copy (from '${parquet}') to '${folder}/people.csv'`,
  ])
    await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  psql(`grant select on same.people to reader_of_same; alter role reader_of_same password 'canary-of-the-reader'`);
  await new Promise<void>((resolve) => clickHouse.listen(0, '127.0.0.1', resolve));
});
afterEach(closeEmulators);
afterAll(() => {
  clickHouse.close();
  rmSync(folder, { recursive: true, force: true });
});

const mapping = [
  { to: 'email', from: 'email' },
  { to: 'first_name', from: 'first_name' },
  { to: 'organization_name', from: 'company' },
  { to: 'custom:Amount', from: 'amount', create: 'number' },
  { to: 'custom:Seats', from: 'seats', create: 'number' },
  { to: 'custom:Active', from: 'active', create: 'boolean' },
  { to: 'custom:Since', from: 'since', create: 'date' },
  { to: 'custom:Seen', from: 'seen', create: 'datetime' },
  { to: 'custom:Key', from: 'id', create: 'string' },
];

const duckdb = (more: object = {}) => ({ type: 'duckdb', extension_directory: extensions, ...more });
const keys = { key_id: 'key', secret: 'canary-of-the-key' };

const ways: Readonly<Record<string, () => readonly [source: object, stream: object]>> = {
  'a Parquet file': () => [duckdb(), { query: `from read_parquet('${parquet}') order by id` }],
  'a CSV file': () => [
    duckdb(),
    {
      query: `from read_csv('${folder}/people.csv', delim = ',', quote = '"', escape = '"', header = true, skip = 0,
        types = {amount: 'decimal(12, 2)', seen: 'timestamptz'}) order by id`,
    },
  ],
  'a PostgreSQL table': () => [postgres({}, { user: 'reader_of_same' }), { table: 'wh.same.people' }],
  'a query of PostgreSQL': () => [
    postgres({}, { user: 'reader_of_same' }),
    { query: `from postgres_query('wh', 'select * from same.people') order by id` },
  ],
  'Parquet files on S3': () => [
    duckdb({
      extensions: ['httpfs'],
      secrets: [
        { type: 's3', ...keys, endpoint: s3?.host ?? '', url_style: 'path', use_ssl: false, region: 'us-east-1' },
      ],
    }),
    { query: `from read_parquet('s3://marts/people/*.parquet') order by id` },
  ],
  'an Iceberg table': () => [
    duckdb({ extensions: ['iceberg'] }),
    { query: `from iceberg_scan('${iceberg.replace('file://', '')}') order by id` },
  ],
  'a Delta table': () => [duckdb({ extensions: ['delta'] }), { query: `from delta_scan('${delta}') order by id` }],
  'an attached Delta table': () => [
    duckdb({ attach: [{ path: delta, type: 'delta', alias: 'people' }] }),
    { table: 'people.people' },
  ],
  'a DuckLake': () => [duckdb({ attach: [{ path: lake, alias: 'lake' }] }), { table: 'lake.people' }],
  'a program': () => [
    { type: 'arrow', command: [python, join(import.meta.dirname, 'rows-of-parquet.py'), parquet] },
    {},
  ],
  'bytes of ClickHouse': () => [
    { type: 'clickhouse', url: `http://127.0.0.1:${(clickHouse.address() as AddressInfo).port}` },
    { table: 'people' },
  ],
};

const able = Object.entries(ways).map(([name, way]) => [name, way, s3 === undefined && / S3$/.test(name)] as const);

test.for(able)('%s brings the records that a table of DuckDB brings', async ([, way, isMissing], { skip }) => {
  skip(isMissing, 'there is no S3 server here');
  const table = await heldAfter(duckdb({ database: join(folder, 'people.duckdb') }), {
    mapping,
    query: 'from people order by id',
  });
  expect(table.contacts).toHaveLength(46);
  expect(table.first).toEqual({ created: 46, superseded: 3 });
  expect(table.again).toEqual({ unchanged: 46, superseded: 3 });
  const [source, stream] = way();
  expect(await heldAfter(source, { mapping, ...stream })).toEqual(table);
});
