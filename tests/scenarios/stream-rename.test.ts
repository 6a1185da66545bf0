import type { Json } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';
import { TABLES, type TableName } from '../../runtime/state/tables.ts';
import { type AskedCommand, ask as askIn } from '../support/ask.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const person = (id: string, more: TestRow = {}): TestRow => ({
  id,
  email: `${id}@company.example`,
  first_name: `Ann ${id}`,
  title: 'CTO',
  ...more,
});

const stream = {
  primary_key: 'id',
  mapping: ['email', 'first_name', 'title'].map((name) => ({ to: name, from: name })),
  on_removed: { set_field: { to: 'title', value: 'Gone' } },
  max_removed_percent: 100,
};
const rows = [person('a', { title: 'CEO' }), person('b'), person('c', { email: 'nonsense' })];
const unnamed: TestRow = { ...person('e', { email: 'none either' }), id: null };
const renamed = { stream: { name: "ann's people" } };
const rename = { name: 'stream rename', from: 'rows', to: "ann's people" } as const;

/** Two runs over a real store: rows created, changed, rejected, and one that is gone by the second. */
async function place() {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, { clock, stream });
  await runs.sync([person('a'), person('b'), rows[2]!, person('gone')], { runId: 'first' });
  await runs.sync([...rows, unnamed], { runId: 'second' });
  const session = {
    destination: async () => apollo,
    configured: () => Promise.reject(new Error('No configuration is needed.')),
    stateAt: async () => runs.state,
    source: { temporaryDirectory: runs.folder },
    dependencies: { clock, environment: {}, version: '0.0.0', notice: () => undefined },
    run: new AbortController(),
  };
  const ask = (asked: AskedCommand) => askIn({ state: runs.state, ...asked }, session);
  const refused = async (asked: AskedCommand) => {
    const before = await everything(runs);
    const error = await ask(asked).catch((thrown: unknown) => thrown);
    expect(await everything(runs)).toEqual(before);
    return {
      message: (error as Error).message,
      code: (error as { code?: string }).code,
      exit: exitCodeOf({ thrown: error }),
    };
  };
  return { clock, emulator, runs, ask, refused };
}

/** All rows of all tables. */
async function everything(runs: Runs): Promise<Readonly<Record<string, readonly Record<string, Json>[]>>> {
  const tables: Record<string, readonly Record<string, Json>[]> = {};
  for (const name of Object.keys(TABLES)) tables[name] = await runs.query(`from ${name} order by all`);
  return tables;
}

/** Tables that hold something of a stream. */
async function heldIn(runs: Runs, name: string): Promise<readonly string[]> {
  const named = (Object.keys(TABLES) as TableName[]).filter((table) => 'stream' in TABLES[table]);
  const each = named.map(
    (table) => `select '${table}' as name from ${table} where stream = '${name.replace("'", "''")}'`,
  );
  return (await runs.query(`${each.join(' union ')} order by name`)).map((row) => String(row['name']));
}

const contactsOf = ({ store }: Awaited<ReturnType<typeof startApollo>>) =>
  structuredClone([...store.contacts.values()]);

describe('stream rename', () => {
  test('the next run under the new name writes nothing, and goes on with all that was remembered', async () => {
    const { emulator, runs, ask } = await place();
    const before = contactsOf(emulator);
    expect(before.map(({ title }) => title)).toEqual(['CEO', 'CTO', 'Gone']);
    const held = await heldIn(runs, 'rows');
    expect(await ask(rename)).toEqual({
      text:
        "What is known of rows, 4 rows, is kept under ann's people from now on. Nothing was sent. Change the name in the " +
        'configuration too, before the next run.',
      json: [{ type: 'renamed', from: 'rows', to: "ann's people", rows: 4 }],
    });
    expect(await heldIn(runs, 'rows')).toEqual([]);
    expect(await heldIn(runs, "ann's people")).toEqual(held);
    expect(held).toEqual(['changes', 'outcomes', 'records', 'rejects', 'streams']);
    const { counts, calls, removed } = await runs.sync(rows, renamed);
    expect({ counts, calls, removed }).toEqual({ counts: { unchanged: 2, rejected: 1 }, calls: {}, removed: {} });
    expect(contactsOf(emulator)).toEqual(before);
    // A row that is gone later is still one that this stream has synced.
    const last = await runs.sync(rows.slice(1), renamed);
    expect([last.removed, last.counts]).toEqual([
      { found: 1, updated: 1 },
      { unchanged: 1, rejected: 1 },
    ]);
    expect(contactsOf(emulator).map(({ title }) => title)).toEqual(['Gone', 'CTO', 'Gone']);
  });

  test(
    'what stands rejected, also without a primary key, stands under the new name, and past runs tell of it',
    slow,
    async () => {
      const { runs, ask } = await place();
      const rejected = { name: 'rejects', 'show-values': true } as const;
      const before = (await ask(rejected)).json;
      expect(before).toHaveLength(2);
      const [summary] = await runs.query(`select summary from runs where run_id = 'second'`);
      await ask(rename);
      expect((await ask(rejected)).json).toEqual(before.map((line) => ({ ...line, stream: "ann's people" })));
      const [after] = await runs.query(`select summary from runs where run_id = 'second'`);
      const expected = JSON.parse(String(summary!['summary']));
      for (const one of [...expected.streams, ...expected.about.streams]) one.name = "ann's people";
      expect(JSON.parse(String(after!['summary']))).toEqual(expected);
    },
  );

  test('a run from before can be undone under the new name', slow, async () => {
    const { emulator, runs, ask } = await place();
    await ask(rename);
    await runs.sync(rows, { ...renamed, runId: 'undoing', undone: 'second' });
    expect(contactsOf(emulator).map(({ title }) => title)).toEqual(['CTO', 'CTO', 'CTO']);
  });

  test('what a killed run has left is taken over under the new name', slow, async () => {
    const { emulator, runs, ask } = await place();
    const all = [...rows, person('f')];
    for (let commits = 0; (await heldIn(runs, 'rows')).every((table) => table !== 'intents'); commits++) {
      expect(commits).toBeLessThan(10);
      await runs.sync(all, { runId: `killed ${commits}`, ...killedState(commits) });
    }
    await ask(rename);
    expect(await heldIn(runs, 'rows')).toEqual([]);
    await runs.sync(all, renamed);
    expect((await runs.sync(all, renamed)).counts).toEqual({ unchanged: 3, rejected: 1 });
    expect(emulator.store.contacts.size).toBe(4);
  });

  test('other streams are left as they are, and a name that they have is refused', slow, async () => {
    const { runs, ask, refused } = await place();
    await runs.sync([person('z')], { stream: { name: 'others' } });
    expect(await refused({ ...rename, to: 'others' })).toEqual({
      message:
        '--to others: the state store has a memory of that name already, and two cannot become one. Nothing was changed. ' +
        'Choose another name; or, if that memory is of no use, `forget --stream others --yes` first.',
      code: 'stream_name_taken',
      exit: 2,
    });
    const others = await runs.query(`from records where stream = 'others'`);
    await ask(rename);
    expect(await runs.query(`from records where stream = 'others'`)).toEqual(others);
    await ask({ name: 'forget', stream: 'others', yes: true });
    await ask({ ...rename, from: "ann's people", to: 'others' });
    expect((await runs.sync(rows, { stream: { name: 'others' } })).calls).toEqual({});
  });

  test('a name that is not known is refused with the near one; the same name twice is wrong usage', slow, async () => {
    const { refused } = await place();
    expect(await refused({ ...rename, from: 'row' })).toEqual({
      message: '--from row: nothing is known of it; did you mean rows? The state store knows rows.',
      code: 'unknown_stream',
      exit: 2,
    });
    expect((await refused({ ...rename, to: 'rows' })).message).toContain('--from and --to are the same name');
  });

  test('a store that a run has is left alone, exit code 75', async () => {
    const { clock, runs, ask } = await place();
    const work = await WorkDatabase.open({ temporaryDirectory: runs.folder });
    const state = await StateDatabase.open(work, { path: runs.state, runId: 'running', clock });
    const error = await ask(rename).catch((thrown: unknown) => thrown);
    expect(exitCodeOf({ thrown: error })).toBe(75);
    expect((error as Error).message).toContain('running');
    await state.close();
    await work.close();
    expect(await heldIn(runs, "ann's people")).toEqual([]);
  });
});
