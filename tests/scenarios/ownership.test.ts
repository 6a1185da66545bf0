import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { type AskedCommand, ask } from '../support/ask.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';

const rows: readonly TestRow[] = [1, 2, 3].map((id) => ({ id, email: `p${id}@own.example`, title: 'CTO' }));
const others: readonly TestRow[] = [1, 2, 3].map((id) => ({ id, email: `q${id}@own.example`, title: 'CEO' }));
const TEAM = 'aaaaaaaaaaaaaaaaaaaaaaaa';

/** A store that has had a first run, and an Apollo that counts what is written after it. */
async function place({ teamId, quirks = {} }: { teamId?: string; quirks?: object } = {}) {
  const clock = new EmulatorClock();
  const keys = [{ key: 'emulator-key' }, { key: 'rotated' }, { key: 'no-profile', scopes: SCOPES }];
  const emulator = await startApollo({ clock, keys, quirks, ...(teamId && { teamId }) });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'id' } });
  expect((await runs.sync(rows, { runId: 'first' })).counts).toEqual({ created: 3 });
  const refused = async (run: () => Promise<unknown>): Promise<string> => {
    const before = writes(emulator);
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigFailure);
    expect(writes(emulator)).toBe(before);
    return (error as Error).message;
  };
  const adopt = (streams: readonly string[] = []) => command(runs, { name: 'state adopt', stream: streams });
  const forget = (stream: string) => command(runs, { name: 'forget', stream, yes: true });
  return { clock, emulator, runs, refused, adopt, forget };
}

const SCOPES = ['contacts/bulk_create', 'contacts/update', 'contacts/bulk_update'].map((one) => `api/v1/${one}`);

const writes = ({ requests }: Awaited<ReturnType<typeof startApollo>>): number =>
  requests.entries.filter(({ method }) => method !== 'GET').length;

const command = (runs: Runs, asked: AskedCommand, json?: object) =>
  ask(
    { ...(json === undefined ? { state: runs.state } : { config: 'F' }), ...asked },
    {
      destination: async () => apollo,
      configured: async () => {
        if (json === undefined) throw new Error('no configuration');
        return apollo.configure(json, 'sync', {});
      },
      stateAt: async () => runs.state,
      source: { temporaryDirectory: runs.folder },
      dependencies: { clock: new EmulatorClock(), environment: {}, version: '0', notice: () => undefined },
      run: new AbortController(),
    },
  );

const key = (api_key: string) => ({ credentials: { auth_type: 'api_key', api_key } });

describe('a store belongs to one workspace', () => {
  test('another team is refused, and its records are left alone; sync, preview and undo alike', async () => {
    const { runs, emulator, clock, refused } = await place();
    const other = await startApollo({ clock, teamId: TEAM });
    const elsewhere = { api_base_url: other.url };
    const message = await refused(() => runs.sync(rows, { config: elsewhere }));
    expect(message).toContain(`${TEAM} (${other.url})`);
    expect(message).toContain(emulator.store.teamId);
    expect(message).toContain('another state.path');
    expect(message).toContain('`state adopt`');
    await refused(() => runs.preview(rows, elsewhere));
    await refused(() => runs.sync(rows, { config: elsewhere, runId: 'undoing', undone: 'first' }));
    expect(writes(other)).toBe(0);
    expect((await runs.sync(rows)).counts).toEqual({ unchanged: 3 });
  });

  test('a rotated key of the same team, and the team at another address, are no change', async () => {
    const { runs, clock } = await place();
    expect((await runs.sync(rows, { config: key('rotated') })).counts).toEqual({ unchanged: 3 });
    const moved = await startApollo({ clock });
    expect((await runs.sync(rows, { config: { api_base_url: moved.url } })).counts).toEqual({ unchanged: 3 });
  });

  test('a key that may not ask for its team is taken at the same address', async () => {
    const { runs, clock, refused } = await place();
    expect((await runs.sync(rows, { config: key('no-profile') })).counts).toEqual({ unchanged: 3 });
    const other = await startApollo({ clock, quirks: { profileTeamId: 'absent' } as const });
    await refused(() => runs.sync(rows, { config: { api_base_url: other.url } }));
    // The team is still known.
    const team = await startApollo({ clock, teamId: TEAM });
    expect(await refused(() => runs.sync(rows, { config: { api_base_url: team.url } }))).toContain(TEAM);
  });

  test('where no team is named, the address decides', async () => {
    const quirks = { profileTeamId: 'absent' } as const;
    const { runs, clock, refused, adopt } = await place({ quirks });
    expect((await runs.sync(rows)).counts).toEqual({ unchanged: 3 });
    const moved = await startApollo({ clock, quirks });
    const config = { api_base_url: moved.url };
    await refused(() => runs.sync(rows, { config }));
    await adopt();
    expect((await runs.sync(rows, { config })).counts).toEqual({ unchanged: 3 });
  });

  test('the quota is that of the team, whatever key asks', slow, async () => {
    const { runs } = await place();
    const config = { limits: { max_calls_per_day: 6 } };
    const changed = (title: string) => rows.map((row) => ({ ...row, title }));
    await runs.sync(changed('A'), { config });
    const { codes } = await runs.sync(changed('B'), { config: { ...config, ...key('rotated') } });
    expect(codes).toMatchObject({ run_limit: expect.any(Number) });
  });

  test('a store that holds nothing is taken over', async () => {
    const { runs, forget, clock } = await place();
    await forget('rows');
    const other = await startApollo({ clock, teamId: TEAM });
    expect((await runs.sync(rows, { config: { api_base_url: other.url } })).counts).toEqual({ created: 3 });
  });
});

describe('a store that is taken over by another workspace', () => {
  const limits = { 'contacts/bulk_create': { minute: null, hour: null, day: 1 } };

  test('has no limits of the former one', async () => {
    const clock = new EmulatorClock();
    const emulator = await startApollo({ clock, limits });
    const runs = new Runs(emulator, { clock, stream: { primary_key: 'id' } });
    const config = { rate_limits: { plan: 'organization', max_wait_seconds: 1 } };
    await runs.sync(rows, { config });
    await command(runs, { name: 'forget', stream: 'rows', yes: true });
    const other = await startApollo({ clock, teamId: TEAM, limits });
    const ended = await runs.sync(rows, { config: { ...config, api_base_url: other.url } });
    expect(ended.counts).toEqual({ created: 3 });
  });

  test('knows nothing that an inventory has shown of the former one', async () => {
    const clock = new EmulatorClock();
    const former = { name: 'Own', domain: 'own.example', created_at: '2020-01-01T00:00:00Z' };
    const emulator = await startApollo({ clock, data: { accounts: [former] } });
    const stream = {
      primary_key: 'id',
      mapping: [{ to: 'email', from: 'email' }],
      account: { from: 'domain', create: true },
    };
    const runs = new Runs(emulator, { clock, stream });
    await runs.inventory();
    expect(await runs.query('select distinct object from inventory')).toEqual([{ object: 'accounts' }]);
    const other = await startApollo({ clock, teamId: TEAM });
    const withDomain = rows.map((row) => ({ ...row, domain: 'own.example' }));
    expect((await runs.sync(withDomain, { config: { api_base_url: other.url } })).counts).toMatchObject({ created: 1 });
    const [own] = [...other.store.accounts.values()];
    expect([...other.store.contacts.values()].map(({ account_id }) => account_id)).toEqual([own!.id, own!.id, own!.id]);
    expect(await runs.query('select count(*)::int as n from inventory')).toEqual([{ n: 0 }]);
  });
});

describe('the memory of a stream is of one object and one source', () => {
  const from = async (runs: Runs, name: string) => {
    const database = join(runs.folder, name);
    await makeWarehouse(database, { rows: others });
    return { config: { source: { type: 'duckdb', database } } };
  };

  test('another database under the same name is refused, until it is adopted or forgotten', slow, async () => {
    const { runs, emulator, refused, adopt } = await place();
    const copy = await from(runs, 'dev.duckdb');
    const message = await refused(() => runs.sync(rows, copy));
    expect(message).toContain('rows of ');
    expect(message).toContain('dev.duckdb');
    expect(message).toContain('`state adopt --stream rows`');
    expect(message).toContain('`forget --stream rows --yes`');
    await refused(() => runs.preview(rows, copy.config));
    expect([...emulator.store.contacts.values()].map(({ title }) => title)).toEqual(['CTO', 'CTO', 'CTO']);
    await adopt(['rows']);
    await runs.sync(rows, copy);
    // From now on it is this one.
    await refused(() => runs.sync(rows));
  });

  test('another table and another primary key are refused', async () => {
    const { runs, refused } = await place();
    const joined = 'select r.* from rows as r left join (select 1 as n) as other on true';
    expect((await runs.sync(rows, { stream: { table: undefined, query: joined } })).counts).toEqual({ unchanged: 3 });
    const query = "select 1 as id, 'a@own.example' as email";
    await refused(() => runs.sync(rows, { stream: { table: undefined, query } }));
    await refused(() => runs.sync(rows, { stream: { primary_key: 'email' } }));
  });

  sweepOver([
    ['a query of the same table', 'select * from rows'],
    ['a query with another text', "select id, email, 'CTO' as title from main.rows as r where r.id < 100;"],
    ['one that names it by a CTE of the same name', 'with rows as (select * from rows) select * from rows'],
    ['one that names the database', 'from warehouse.main.ROWS order by id -- all of them'],
  ])('%s is no change', async (_, query) => {
    const { runs } = await place();
    expect((await runs.sync(rows, { stream: { table: undefined, query } })).counts).toEqual({ unchanged: 3 });
  });

  test('another object is refused, by adoption too; another name or a forgotten stream goes on', slow, async () => {
    const { runs, refused, adopt, forget } = await place();
    const companies = rows.map(({ id }) => ({ id: id!, domain: `own${id}.example`, name: `Own ${id}` }));
    const stream = { object: 'accounts' };
    const message = await refused(() => runs.sync(companies, { stream }));
    expect(message).toContain('contacts');
    expect(message).toContain('accounts');
    const json = (await runs.configuration(companies)).json as { readonly streams: readonly object[] };
    const asked = { name: 'explain', stream: 'rows', key: '1', showValues: false } as const;
    const explained = await command(runs, asked, { ...json, streams: [{ ...json.streams[0], ...stream }] });
    expect(explained.json[0]).toMatchObject({
      next_run: { type: 'unknown', message: expect.stringContaining(message) },
    });
    await adopt();
    await refused(() => runs.sync(companies, { stream }));
    expect((await runs.sync(companies, { stream: { ...stream, name: 'companies' } })).counts).toEqual({ created: 3 });
    await forget('rows');
    expect((await runs.sync(companies, { stream })).counts).toEqual({ unchanged: 3 });
  });

  test('a file of each day is one source', slow, async () => {
    const clock = new EmulatorClock();
    const runs = new Runs(await startApollo({ clock }), { clock, stream: { primary_key: 'id', table: undefined } });
    const day = async (name: string, query: (path: string) => string) => {
      const path = join(runs.folder, name);
      await runs.query(`copy (select 1 as id, 'a@day.example' as email) to '${path}'`).catch(() => undefined);
      return { stream: { query: query(path) } };
    };
    const read = (path: string) => `select * from read_parquet('${path}')`;
    const named = (path: string) => `from '${path}'`;
    expect((await runs.sync(rows, await day('p-2026-11-27.parquet', read))).counts).toEqual({ created: 1 });
    expect((await runs.sync(rows, await day('p-2026-11-28.parquet', read))).counts).toEqual({ unchanged: 1 });
    expect((await runs.sync(rows, await day('p-20261129.parquet', named))).counts).toEqual({ unchanged: 1 });
    await expect(runs.sync(rows, await day('q-2026-11-29.parquet', named))).rejects.toThrow('state adopt');
  });

  test('a store of a version that did not know takes what its first run has', slow, async () => {
    const { runs, refused } = await place();
    await runs.query("delete from meta where key like 'workspace%'");
    await runs.query('drop table streams');
    await runs.query("update meta set value = '3' where key = 'schema_version'");
    expect((await runs.preview(rows)).streams[0]).toMatchObject({ unchanged: 3 });
    expect((await runs.sync(rows)).counts).toEqual({ unchanged: 3 });
    await refused(() => runs.sync(rows, { stream: { primary_key: 'email' } }));
  });
});
