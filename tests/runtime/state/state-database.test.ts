import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { ConfigFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import { SCHEMA_VERSION } from '../../../runtime/state/schema.ts';
import { readState } from '../../../runtime/state/state-database.ts';
import { opened, temporaryFolder } from '../source/support.ts';
import { killed, next, now, place, settled, streamOf } from './stores.ts';
import { openState, sqlOn } from './support.ts';

const refused = (
  path: string,
  error: unknown,
  kind: typeof ConfigFailure | typeof TransientFailure = ConfigFailure,
) => {
  expect(error).toBeInstanceOf(kind);
  return (error as Error).message.replaceAll(path, 'STATE');
};

describe('the file', () => {
  test('is made with its folder, and only its owner can read it and its log', async () => {
    const { path, source } = await place();
    const state = await openState(source, path);
    const stream = await streamOf(state);
    await stream.record([settled('1')]);
    await stream.intend([{ primaryKey: '2', fingerprint: 'f', creates: true }]);
    const modes = [path, `${path}.wal`, `${path}.lock`].map((file) => (statSync(file).mode & 0o777).toString(8));
    expect(modes).toEqual(['600', '600', '600']);
    await state.close();
  });

  test('takes little room for a few rows', async () => {
    const { path } = await place();
    await killed(path, (stream) => stream.record([settled('1')]));
    expect(statSync(path).size).toBeLessThan(1_000_000);
  });

  test('that is no database is refused with its path', async () => {
    const { source } = await place();
    const path = join(await temporaryFolder(), 'state.duckdb');
    writeFileSync(path, 'not a database, but a text that is long enough to have a header'.repeat(20));
    const error = await openState(source, path).catch((error: unknown) => error);
    expect(refused(path, error)).toBe('state.path: STATE exists, and is not a DuckDB file; choose another path.');
  });

  test('that is the source as well is refused', async () => {
    const path = join(await temporaryFolder(), 'w.duckdb');
    await sqlOn(path, 'create table t (a int)');
    const source = await opened({ type: 'duckdb', database: path });
    const error = await openState(source, path).catch((error: unknown) => error);
    expect(refused(path, error)).toBe('state.path: STATE is the source as well; expected a file of its own.');
  });

  test('is open to one run at a time, also within a process', async () => {
    const { path, source } = await place();
    const state = await openState(source, path, 'first');
    const error = await openState(await opened({ type: 'duckdb' }), path, 'second').catch((error: unknown) => error);
    expect(refused(path, error, TransientFailure)).toMatch(
      /^state\.path: STATE is in use by this very process \(run first on .+, since 2026-01-01T00:00:00\.000Z\)\./,
    );
    await state.close();
    await source.close();
    await (await openState(await opened({ type: 'duckdb' }), path, 'third')).close();
  });

  test('that another process has open is refused, naming it', async () => {
    const { path, source } = await place();
    await (await openState(source, path)).close();
    await source.close();
    const script = `import { DuckDBInstance } from '@duckdb/node-api';
      const instance = await DuckDBInstance.create(process.argv[1]);
      console.log('open');
      setInterval(() => instance, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const error = await openState(await opened({ type: 'duckdb' }), path).catch((error: unknown) => error);
      expect(refused(path, error, TransientFailure)).toContain(`(PID ${child.pid})`);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('the schema', () => {
  test('of an older version is completed, and what it holds is kept', async () => {
    const { source } = await place();
    const path = join(await temporaryFolder(), 'state.duckdb');
    await sqlOn(
      path,
      'create table records (stream varchar, primary_key varchar, destination_id varchar, outcome varchar)',
      `insert into records values ('people', '1', 'apollo-1', 'created')`,
    );
    const state = await openState(source, path);
    const known = await (await streamOf(state)).recall(['1']);
    expect(known.get('1')).toEqual({ id: 'apollo-1', outcome: 'created' });
    await state.close();
    await source.close();
    expect(await sqlOn(path, `select value from meta where key = 'schema_version'`)).toEqual([
      { value: `${SCHEMA_VERSION}` },
    ]);
    expect(await sqlOn(path, 'select count(*)::int as n from quota_windows')).toEqual([{ n: 0 }]);
  });

  test.each([
    ['two versions back', 5],
    ['one version back', 6],
  ])(
    'of a store that was written %s is brought up to date, with its journal, its order and what can be undone',
    async (_, version) => {
      const path = join(await temporaryFolder(), 'state.duckdb');
      const frozen = readFileSync(new URL('../../fixtures/state/version-6.sql', import.meta.url), 'utf8');
      const older = [
        'alter table rejects drop column destination_id',
        "update meta set value = '5' where key = 'schema_version'",
      ];
      await sqlOn(path, frozen, ...(version === 5 ? older : []));
      await next(path, async (_, state) => {
        const rows = await state.stream({ stream: 'rows', version: 'v1', idsOnly: false });
        const known = await rows.recall(['2', '4', '6']);
        expect([...known.values()].map(({ id, outcome }) => [id, outcome])).toEqual(
          expect.arrayContaining([
            ['695b8d00a087eaf300000004', 'updated'],
            ['695b8d00a087eaf300000005', 'created'],
            ['695b8d00a087eaf300000008', 'updated'],
          ]),
        );
        expect((await state.changesOfRun('second')).streams.map(({ rows }) => rows.map(({ row }) => row))).toEqual([
          [
            {
              primary_key: '2',
              destination_id: '695b8d00a087eaf300000004',
              changes: [{ field: 'title', before: 'CTO', after: 'Chairman' }],
            },
          ],
        ]);
      });
      const [places] = await sqlOn(
        path,
        `select count(*)::int as rows, count(distinct place)::int as places, (select count(*)::int from journal) as journal,
         (select count(*)::int from outcomes where place is null) as outcomes,
         (select list(run_id order by started_at, place) from runs where run_id in ('first', 'second')) as runs from records`,
      );
      expect(places).toEqual({ rows: 6, places: 6, journal: 0, outcomes: 0, runs: ['first', 'second'] });
    },
  );

  test('of a new file is what all migrations make of a file without a version', async () => {
    const schemas: unknown[] = [];
    const ofNoVersion = 'create table meta (key varchar, value varchar)';
    for (const before of [[], [ofNoVersion]]) {
      const path = join(await temporaryFolder(), 'state.duckdb');
      await sqlOn(path, 'create table t (a int)', 'drop table t', ...before);
      const source = await opened({ type: 'duckdb' });
      await (await openState(source, path)).close();
      await source.close();
      const columns = `select table_name, column_name, column_index, data_type from duckdb_columns() where not internal order by all`;
      schemas.push([await sqlOn(path, columns), await sqlOn(path, 'from meta')]);
    }
    expect(schemas[0]).toEqual(schemas[1]);
  });

  test('of a newer version is refused, and the file left as it is', async () => {
    const { path, source } = await place();
    await (await openState(source, path)).close();
    await source.close();
    await sqlOn(path, `update meta set value = '99' where key = 'schema_version'`);
    const error = await openState(await opened({ type: 'duckdb' }), path).catch((error: unknown) => error);
    expect(refused(path, error)).toBe(
      `state.path: STATE has schema version 99, and this program knows ${SCHEMA_VERSION} at most: a newer release has written it. Use that release, or another store.`,
    );
  });
});

test('rejected rows stand in `rejects`, once for as long as nothing changes', async () => {
  const { path } = await place();
  const rejection = { code: 'apollo_rejected', message: 'no', attempts: 2, endpoint: 'POST x', httpStatus: 422 };
  const outcome = { status: 'rejected', rejection } as const;
  await killed(path, (stream) =>
    stream.record([settled('1', { outcome }), settled('2', { outcome, isKnownReject: true })]),
  );
  expect(await sqlOn(path, `select * exclude ("at", place) from rejects`)).toEqual([
    {
      run_id: expect.stringMatching(/^killed /),
      stream: 'people',
      primary_key: '1',
      code: 'apollo_rejected',
      message: 'no',
      field: null,
      endpoint: 'POST x',
      http_status: 422,
      attempts: 2,
      retryable: false,
      record: '{"id":"1"}',
      in_file: false,
      destination_id: 'apollo-1',
    },
  ]);
});

test('rate limits come back as they were kept, and only of a workspace that owns the store', async () => {
  const { path } = await place();
  const states = {
    'contacts/update': {
      pausedUntil: 0,
      windows: [
        { name: 'minute', limit: 200, used: 3 },
        { name: 'day', limit: 2000, used: 1990, closesAt: now + 5000 },
      ],
    },
  };
  const workspace = { id: 'team', address: 'https://here.example' };
  const keep = (owns: boolean) =>
    next(path, async (_, state) => {
      if (owns) await state.own(workspace, []);
      await state.keepQuota(workspace, states);
      await state.flush();
    });
  await keep(false);
  expect(await next(path, (_, state) => state.quota())).toEqual({});
  await keep(true);
  expect(await next(path, (_, state) => state.quota())).toEqual(states);
});

test('once it cannot be written, every later outcome says so', async () => {
  const { path, source } = await place();
  const state = await openState(source, path);
  const stream = await streamOf(state);
  await source.work.connect().then(async (connection) => {
    await connection.run('drop table "state/".main.journal');
    source.work.release(connection);
  });
  await stream.record([settled('1', { known: {} })]);
  await expect(state.flush()).rejects.toThrow(/journal/);
  await expect(stream.record([settled('2')])).rejects.toThrow(/journal/);
  await state.close();
});

test('a look into it changes nothing, and sees what a killed run has left', async () => {
  const { path } = await place();
  await killed(path, (stream) => stream.record([settled('1'), settled('2', { known: {} })]));
  const before = statSync(path).mtimeMs;
  const source = await opened({ type: 'duckdb' });
  const read = await readState(source.work, { path, runId: 'x', clock: new VirtualClock() });
  const stream = await read?.look({ stream: 'people', version: 'v1', idsOnly: false });
  expect([...((await stream?.recall(['1', '2'])) ?? [])].map(([key]) => key).sort()).toEqual(['1', '2']);
  expect(await stream?.intend([{ primaryKey: '1', fingerprint: 'f', creates: true }])).toBeUndefined();
  await stream?.record([settled('9')]);
  await source.close();
  expect(statSync(path).mtimeMs).toBe(before);
});
