import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../../runtime/state/tables.ts';
import { type AskedCommand, ask as askIn } from '../support/ask.ts';
import { killedState } from '../support/killed-state.ts';
import { slow } from '../support/runs.ts';
import { failure, person, second, sharedRuns, twoRuns } from './two-runs.ts';

const two = sharedRuns();

test('status of a store that no run has open is that of the last run', async () => {
  const { text, json } = await two.shared.ask({ name: 'status' });
  expect(text).toMatch(/^No run goes on\.\nThe last one, tuesday, was begun at .*: succeeded\.$/);
  expect(json).toMatchObject([{ type: 'run_status', state: 'idle', last_run: { run_id: 'tuesday' } }]);
});

describe('history', () => {
  test('lists the runs, newest first, with what became of their rows', async () => {
    const { ask } = two.shared;
    const { text, json } = await ask({ name: 'history', limit: 20, costs: false });
    expect(text).toMatchInlineSnapshot(`
      "run      started (UTC)     took  status     read  created  updated  unchanged  rejected  calls
      tuesday  2026-01-06 09:00  0s    succeeded     4        1        1          1         1      3
      monday   2026-01-05 09:00  0s    succeeded     4        2        0          0         2      2"
    `);
    expect(json).toMatchObject([
      { type: 'run', run_id: 'tuesday', status: 'succeeded', read: 4, created: 1, updated: 1, rejected: 1 },
      { type: 'run', run_id: 'monday', status: 'succeeded', read: 4, created: 2, updated: 0, rejected: 2 },
    ]);
    expect((await ask({ name: 'history', limit: 1, costs: false })).json).toHaveLength(1);
  });

  test('says which field has cost how many calls, over the runs it lists', async () => {
    const { ask } = two.shared;
    const { text, json } = await ask({ name: 'history', limit: 20, costs: true });
    expect(text).toContain('cost of a field');
    // Creates carry whatever there is: they are on account of no field.
    expect(json.at(-1)).toEqual({
      type: 'costs',
      costs: [{ field: 'title', request: 'PATCH contacts/{id}', calls: 1, alone: 1, of: 1 }],
    });
  });

  test('tells of a run that was killed, and of one that left rows for later', slow, async () => {
    const { ask, runs } = await twoRuns();
    await runs.sync([person('e')], { runId: 'killed', ...killedState(0) });
    expect((await ask({ name: 'history', limit: 1, costs: false })).json).toMatchObject([
      { run_id: 'killed', status: 'interrupted', finished_at: null, read: null },
    ]);
    await runs.sync([person('e'), person('f')], { runId: 'short', config: { limits: { max_records: 1 } } });
    const { text, json } = await ask({ name: 'history', limit: 1, costs: false });
    expect(json).toMatchObject([{ status: 'deferred', created: 1, deferred: 1 }]);
    expect(text).toContain(`1 row deferred, until ${json[0]!['retry_at']}.`);
  });

  test('has no line that is longer than a terminal is wide', async () => {
    const { ask, runs } = await twoRuns();
    await runs.query(`update runs set read = 9000000, created = 1000000, updated = 1000000, unchanged = 1000000,
      skipped = 1000000, superseded = 1000000, rejected = 1000000, deferred = 1000000, run_id = uuid()`);
    const { text } = await ask({ name: 'history', limit: 20, costs: false });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toContain('Left out: took, superseded');
  });
});

describe('forget', () => {
  test('has the next run match a row again', slow, async () => {
    const { ask, runs, emulator } = await twoRuns();
    const said = await ask({ name: 'forget', stream: 'rows', key: 'a' });
    expect(said).toEqual({
      text: 'Forgot the row of rows. The next run takes it for new, and looks for what is already there.',
      json: [{ type: 'forgotten', stream: 'rows', rows: 1 }],
    });
    const { counts, calls } = await runs.sync(second);
    expect([counts, calls]).toEqual([{ unchanged: 3, rejected: 1 }, { 'POST contacts/bulk_create': 1 }]);
    expect(emulator.store.contacts.size).toBe(3);
  });

  test('leaves nothing of a row in any table', slow, async () => {
    const { ask, runs } = await twoRuns();
    for (const key of ['a', 'd']) await ask({ name: 'forget', stream: 'rows', key });
    for (const table of ['records', 'outcomes', 'rejects', 'journal', 'intents', 'changes']) {
      expect(await runs.query(`select 1 from ${table} where primary_key in ('a', 'd')`)).toEqual([]);
    }
    expect((await ask({ name: 'forget', stream: 'rows', key: 'a' })).text).toBe(
      'Nothing was known of that row of rows.',
    );
  });

  test('can forget the windows of rate limits, and nothing else', slow, async () => {
    const { ask, runs } = await twoRuns();
    const [{ n: windows } = {}] = await runs.query('select count(*)::int as n from quota_windows');
    const known = await runs.query('select count(*) as n from records');
    expect(await ask({ name: 'forget', limits: true })).toEqual({
      text: `Forgot ${windows} windows of rate limits. The next run waits for no limit of an earlier run.`,
      json: [{ type: 'forgotten', limits: true, windows }],
    });
    expect(await runs.query('select 1 from quota_windows')).toEqual([]);
    expect(await runs.query('select count(*) as n from records')).toEqual(known);
  });

  test('can forget a stream, but none that is not known', async () => {
    const { ask, runs } = await twoRuns();
    const forget = { name: 'forget', yes: true } as const;
    expect(await failure(ask({ ...forget, stream: 'row' }))).toBe(
      '--stream row: nothing is known of it; did you mean rows? The state store knows rows.',
    );
    expect((await ask({ ...forget, stream: 'rows' })).json).toEqual([{ type: 'forgotten', stream: 'rows', rows: 4 }]);
    expect(await runs.query('select * from records')).toEqual([]);
  });
});

test('export writes every table as Parquet, for its owner only', async () => {
  const { ask, runs } = two.shared;
  const to = join(runs.folder, 'deep', 'export');
  const { json } = await ask({ name: 'export', to });
  expect((statSync(to).mode & 0o777).toString(8)).toBe('700');
  const tables = [...Object.keys(TABLES), 'meta'].sort();
  expect(readdirSync(to).sort()).toEqual(tables.map((table) => `${table}.parquet`));
  for (const table of tables) {
    const path = join(to, `${table}.parquet`);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    const [rows] = await runs.query(`select count(*)::int as n from (from ${table})`);
    expect(await runs.query(`select count(*)::int as n from '${path}'`), table).toEqual([rows]);
    expect((json[0]!['rows'] as Record<string, number>)[table]).toBe(rows!['n']);
  }
});

describe('a state store', () => {
  test('that is older is looked into as it will be, and left as it is', slow, async () => {
    const { ask, runs } = await twoRuns();
    await runs.query('drop table outcomes');
    await runs.query('alter table records drop column lists');
    await runs.query(`update meta set value = '1' where key = 'schema_version'`);
    expect((await ask({ name: 'history', limit: 1, costs: false })).json).toHaveLength(1);
    expect((await ask({ name: 'explain', stream: 'rows', key: 'a', showValues: false })).json).toHaveLength(1);
    expect(await runs.query(`select value from meta where key = 'schema_version'`)).toEqual([{ value: '1' }]);
  });

  test('that is not there, or is something else, is refused', async () => {
    const { ask, runs, clock } = await twoRuns();
    await runs.query('drop table meta');
    const asked: readonly AskedCommand[] = [
      { name: 'history', limit: 1, costs: false },
      { name: 'forget', stream: 'rows', key: 'a' },
    ];
    for (const one of asked) {
      expect(await failure(ask(one))).toBe(`state.path: ${runs.state} is a DuckDB file, and no state store.`);
    }
    const path = join(runs.folder, 'none.duckdb');
    for (const one of asked) {
      const dependencies = { clock, environment: {} };
      const session = {
        source: { temporaryDirectory: runs.folder },
        dependencies,
        run: new AbortController(),
      } as never;
      expect(await failure(askIn({ ...one, state: path }, session))).toBe(
        `state.path: there is no state store at ${path}; the first run makes it.`,
      );
    }
    expect(readdirSync(runs.folder)).not.toContain('none.duckdb');
  });
});
