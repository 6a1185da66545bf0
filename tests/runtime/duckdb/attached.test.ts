import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ConfigFailure } from '../../../runtime/contract/failure.ts';
import type { DuckDbSourceConfig } from '../../../runtime/contract/source-config.ts';
import { tablesOf } from '../../../runtime/init/init-source.ts';
import { databaseFile, failureOf, opened, temporaryFolder, values } from '../source/support.ts';

const path = 'streams[0]';

/** Two files: the source's own, and one to attach. */
async function files(): Promise<{ readonly own: string; readonly other: string; readonly folder: string }> {
  const folder = await temporaryFolder();
  return {
    folder,
    own: await databaseFile(join(folder, 'own.duckdb'), "create table people as select 1 as id, 'a' as name"),
    other: await databaseFile(
      join(folder, 'other.duckdb'),
      'create schema marts',
      "create table marts.tiers as select 1 as id, 'gold' as tier",
    ),
  };
}

const messageOf = async (config: Partial<DuckDbSourceConfig>): Promise<string> =>
  ((await failureOf(opened({ type: 'duckdb', ...config }))) as ConfigFailure).message;

test('a query joins what is attached with the file of the source', async () => {
  const { own, other } = await files();
  const source = await opened({ type: 'duckdb', database: own, attach: [{ path: other, alias: 'wh' }] });
  expect(await values(source, { table: 'wh.marts.tiers' })).toEqual([{ id: 1, tier: 'gold' }]);
  const query = 'select name, tier from people join wh.marts.tiers using (id)';
  expect(await values(source, { query })).toEqual([{ name: 'a', tier: 'gold' }]);
});

test('tables of what is attached are named, where a name is wrong and where one is chosen', async () => {
  const { own, other } = await files();
  const source = await opened({ type: 'duckdb', database: own, attach: [{ path: other, alias: 'wh' }] });
  expect(await tablesOf(source, new AbortController().signal)).toEqual(['people', 'wh.marts.tiers']);
  const { message } = (await failureOf(source.columns({ path, table: 'wh.marts.tires' }))) as Error;
  expect(message).toContain('near it: wh.marts.tiers');
});

test('without an alias a database has the name that DuckDB gives it', async () => {
  const { other } = await files();
  const source = await opened({ type: 'duckdb', attach: [{ path: other }] });
  expect(await values(source, { table: 'other.marts.tiers' })).toHaveLength(1);
});

test('what is attached cannot be written to', async () => {
  const { other } = await files();
  const source = await opened({ type: 'duckdb', attach: [{ path: other, alias: 'wh' }] });
  const connection = await source.work.connect();
  const written = await failureOf(connection.run('insert into wh.marts.tiers values (2, null)'));
  source.work.release(connection);
  expect(String(written)).toContain('read-only');
});

test('two streams are told apart by the databases that they read, not by their aliases', async () => {
  const { own, other } = await files();
  const identityOf = async (attach: DuckDbSourceConfig['attach'], table: string) =>
    (await opened({ type: 'duckdb', database: own, attach })).identity({ path, table });
  const one = await identityOf([{ path: other, alias: 'wh' }], 'wh.marts.tiers');
  expect(one).toEqual({ source: own, relations: [`${other}.marts.tiers`] });
  expect(await identityOf([{ path: other, alias: 'dwh' }], 'dwh.marts.tiers')).toEqual(one);
  const copy = await databaseFile(`${other}.copy`, 'create schema marts', 'create table marts.tiers (id int)');
  expect(await identityOf([{ path: copy, alias: 'wh' }], 'wh.marts.tiers')).not.toEqual(one);
});

test('a view tells which database it reads', async () => {
  const { other, folder } = await files();
  const attach = `attach '${other}' as wh (read_only)`;
  const own = await databaseFile(join(folder, 'views.duckdb'), attach, 'create view t as from wh.marts.tiers');
  const source = await opened({ type: 'duckdb', database: own, attach: [{ path: other, alias: 'wh' }] });
  expect(await source.identity({ path, table: 't' })).toEqual({ source: own, relations: [other, 't'] });
});

test.each<[string, Partial<DuckDbSourceConfig>, string]>([
  ['a file that is missing', { attach: [{ path: '/nowhere/a.duckdb' }] }, 'source.attach[0].path: /nowhere/a.duckdb'],
  [
    'a secret that is not there',
    { attach: [{ path: '', type: 'duckdb', secret: 'pg' }], secrets: [] },
    'source.attach[0].secret: there is no secret pg; source.secrets has none with a name',
  ],
  [
    'a password in a path',
    { attach: [{ path: 'host=db password=Canary', type: 'postgres' }], extensions: [] },
    'source.attach[0]',
  ],
  [
    'a setting that changes comparisons',
    { settings: { default_collation: 'NOCASE' } },
    'source.settings.default_collation',
  ],
  ['a setting that has a key of its own', { settings: { memory_limit: '1GB' } }, 'use source.memory_limit'],
  ['a setting that nothing knows', { settings: { pg_nothing: 'Canary' } }, 'source.settings.pg_nothing'],
])('%s is refused by the path of its key', async (_, config, expected) => {
  // An empty repository in place of DuckDB's, which is not asked here.
  const folder = await temporaryFolder();
  const settings = { custom_extension_repository: folder, ...config.settings };
  const message = await messageOf({ ...config, settings, extension_directory: folder });
  expect(message).toContain(expected);
  expect(message).not.toContain('Canary');
});

test('a missing extension is named with the file that is needed, and the folder', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'repository'));
  const settings = { custom_extension_repository: join(folder, 'repository') };
  const config = { type: 'duckdb' as const, settings, extension_directory: join(folder, 'extensions') };
  for (const asked of [
    { extensions: ['postgres'] },
    { secrets: [{ type: 'postgres', password: 'Canary' }] },
    { attach: [{ path: '', type: 'postgres', alias: 'wh' }] },
  ]) {
    const message = await messageOf({ ...config, ...asked });
    expect(message).toMatch(/^source\.\w+\[0\]: the extension postgres_scanner is not installed/);
    expect(message).toMatch(/postgres_scanner\.duckdb_extension of DuckDB v1\.\d+\.\d+ for \w+ into /);
    expect(message).toContain(join(folder, 'extensions'));
    expect(message).not.toContain('Canary');
  }
});
