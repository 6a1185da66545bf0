import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import { defaultMicroBatchLimits } from '../../runtime/airbyte/input/micro-batches.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { Said } from '../../runtime/commands/shared/said.ts';
import { statusOf } from '../../runtime/commands/state/status.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import { liveRunOf } from '../../runtime/state/file/live-run.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';
import { sqlOn } from '../runtime/state/support.ts';
import { bytes, record, streamState } from '../support/airbyte.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';

interface Written {
  /** The ids of the states that came back. */
  readonly states: readonly number[];
  readonly logs: readonly string[];
  readonly error: unknown;
  /** The run, as the state store has it. */
  readonly run: Readonly<Record<string, unknown>>;
}

/** `write` into one emulator with a state store, as often as a test wants. */
async function place(options: EmulatorOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock, ...options });
  const path = join(folder, 'state.duckdb');
  const send = async (
    lines: readonly string[],
    more: object = {},
    limits: Partial<typeof defaultMicroBatchLimits> = {},
  ): Promise<Written> => {
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: emulator.url,
      rejects: { path: join(folder, 'rejects.jsonl') },
      streams: [{ name: 'people', object: 'contacts', primary_key: 'id' }],
      state: { type: 'duckdb', path },
      ...more,
    };
    const properties = { id: {}, email: {}, first_name: {}, title: {}, apollo_id: {} };
    const catalog = {
      streams: [
        {
          stream: { name: 'people', json_schema: { properties } },
          sync_mode: 'full_refresh',
          destination_sync_mode: 'append_dedup',
        },
      ],
    };
    const messages: OutgoingMessage[] = [];
    let error: unknown;
    try {
      const written = write(
        apollo,
        async () => apollo.configure(json, 'airbyte', {}),
        {
          catalog: async () => catalog,
          stdin: bytes(lines.map((line) => `${line}\n`).join('')),
          run: new AbortController(),
          source: { temporaryDirectory: folder },
          limits: { ...defaultMicroBatchLimits, ...limits },
        },
        { clock, environment: {}, version: '0', notice: () => undefined },
      );
      for await (const message of written) messages.push(message);
    } catch (thrown) {
      error = thrown;
    }
    clock.advance(1000);
    const [run = {}] = await sqlOn(path, 'select * from runs order by started_at desc limit 1');
    return {
      states: messages.flatMap((message) => (message.type === 'STATE' ? [JSON.parse(message.line).state.id] : [])),
      logs: messages.flatMap((message) =>
        message.type === 'LOG' ? [`${message.log.level} ${message.log.message}`] : [],
      ),
      error,
      run,
    };
  };
  const stored = (sql: string) => sqlOn(path, sql);
  const rejects = (): readonly string[] => readFileSync(join(folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
  return { emulator, clock, folder, path, send, stored, rejects };
}

const person = (i: number, more: object = {}): string =>
  record('people', { id: `row ${i}`, email: `p${i}@company${i}.example`, first_name: `P${i}`, title: 'CTO', ...more });
const people = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => person(i));

describe('write with a state store', () => {
  test('makes no call for the same 1,000 records, and gives their states back', slow, async () => {
    const { send, emulator } = await place();
    const lines = [...people(500), streamState('people', 1), ...people(1_000).slice(500), streamState('people', 2)];
    const first = await send(lines);
    expect([first.states, first.run]).toMatchObject([[1, 2], { status: 'succeeded', created: '1000', calls: '11' }]);
    const second = await send(lines);
    expect(second.error).toBeUndefined();
    expect([second.states, second.run]).toMatchObject([
      [1, 2],
      // The key is proved.
      { status: 'succeeded', read: '1000', unchanged: '1000', created: '0', calls: '1' },
    ]);
    expect(emulator.store.contacts.size).toBe(1_000);
  });

  test('sends a changed record by its id, with the changed fields only', async () => {
    const { send, emulator } = await place();
    await send(people(3));
    await send([person(0), person(1, { title: 'CEO' }), person(2)]);
    const patched = emulator.requests.entries.filter(({ method }) => method === 'PATCH');
    expect(patched.map(({ body }) => body)).toEqual([{ title: 'CEO' }]);
  });

  test('takes the last record of a primary key, whatever it is matched by', async () => {
    const { send, emulator, stored } = await place();
    const { states, run } = await send([
      person(0, { email: 'old@company.example' }),
      streamState('people', 1),
      person(0, { email: 'new@company.example' }),
      streamState('people', 2),
    ]);
    expect([states, run]).toMatchObject([[1, 2], { created: '1', superseded: '1' }]);
    expect([...emulator.store.contacts.values()].map(({ email }) => email)).toEqual(['new@company.example']);
    expect(await stored('select match_key from records')).toEqual([{ match_key: 'email:new@company.example' }]);
  });

  test.each([
    ['of row 1', [0, 1]],
    ['of row 0', [1, 0]],
  ] as const)('leaves a contact of two rows to the later one in every run: %s', async (title, order) => {
    const contact_emails = [{ email: 'a@acme.example', position: 0 }];
    const contacts = [{ email: 'ann@acme.example', contact_emails, created_at: '2020-01-01T00:00:00Z' }];
    const { send, emulator, stored } = await place({ data: { contacts } });
    const both = [
      person(0, { email: 'ann@acme.example', title: 'of row 0' }),
      person(1, { email: 'a@acme.example', title: 'of row 1' }),
    ];
    const lines = [...order.map((i) => both[i]!), streamState('people', 1)];
    await send(lines);
    for (const _run of ['once more', 'and again']) {
      const { states, run } = await send(lines);
      expect([states, run]).toMatchObject([
        [1],
        { status: 'succeeded', unchanged: '1', superseded: '1', updated: '0' },
      ]);
      expect([...emulator.store.contacts.values()].map((one) => one.title)).toEqual([title]);
      expect(await stored('select primary_key from records where destination_id is not null')).toEqual([
        { primary_key: `row ${order[1]}` },
      ]);
    }
  });

  sweepOver(['none', 'duckdb'])(
    'gives the state back after rows of which one supersedes another, and is superseded itself: %s',
    async (type) => {
      const { send, emulator } = await place();
      await send([]);
      const lines = [
        person(0),
        person(0, { email: 'shared@company.example' }),
        person(1, { email: 'shared@company.example' }),
        streamState('people', 1),
      ];
      const { states, error } = await send(lines, type === 'none' ? { state: { type } } : {});
      expect([states, error]).toEqual([[1], undefined]);
      expect([...emulator.store.contacts.values()].map(({ email }) => email)).toEqual(['shared@company.example']);
    },
  );

  test('never passes a deferred record: its state stays, and the next run takes it', async () => {
    const { send, emulator } = await place();
    const lines = [person(0), streamState('people', 1), person(1), person(2), streamState('people', 2)];
    const first = await send(lines, { limits: { max_records: 1 } });
    expect([first.states, String(first.error), first.run]).toMatchObject([
      [1],
      expect.stringContaining('2 rows are deferred (run_limit: 2)'),
      { status: 'deferred', created: '1', deferred: '2' },
    ]);
    const second = await send(lines);
    expect([second.states, second.run]).toMatchObject([[1, 2], { status: 'succeeded', unchanged: '1', created: '2' }]);
    expect(emulator.store.contacts.size).toBe(3);
  });

  sweepOver(['duckdb', 'none'])(
    'gives all states back though rows are refused without a name (store: %s)',
    async (type) => {
      const { send, emulator } = await place();
      await send([]);
      const trouble = [3, 47, 48, 350, 520, 760].map((i) => ({
        match: { path: 'contacts/bulk_create' },
        fault: { kind: 'reject', where: { equals: `p${i}@company${i}.example` }, naming: 'none' } as const,
      }));
      await fetch(`${emulator.origin}/__emulator/trouble`, { method: 'POST', body: JSON.stringify(trouble) });
      const lines = [...people(500), streamState('people', 1), ...people(800).slice(500), streamState('people', 2)];
      const more = type === 'none' ? { state: { type } } : {};
      const { states, error } = await send(lines, more);
      expect([states, error, emulator.store.contacts.size]).toEqual([[1, 2], undefined, 794]);
    },
  );

  test('knows what is left of a quota before its first call', slow, async () => {
    const { send } = await place();
    await send(people(1));
    const limited = { limits: { max_calls_per_day: 3 } };
    const { run } = await send([person(5)], limited);
    expect(run).toMatchObject({ status: 'succeeded', calls: '2' });
    const { run: spent, error } = await send([person(6)], limited);
    expect([spent, String(error)]).toMatchObject([{ deferred: '1' }, expect.stringContaining('run_limit')]);
  });

  test('warns once when four fifths of the requests of a day are used', async () => {
    const { send } = await place({ limits: { 'contacts/bulk_create': { minute: null, hour: null, day: 5 } } });
    const { logs } = await send(people(500), { concurrency: 1 });
    const warnings = logs.filter((log) => log.includes('a day'));
    expect(warnings).toEqual(['WARN POST contacts/bulk_create has used 4 of the 5 requests that it has a day.']);
  });

  test('rejects a record that was rejected before without a call, and without another line', slow, async () => {
    const fault = { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' } as const;
    const { send, rejects } = await place({ trouble: [{ match: { path: 'contacts/bulk_create' }, fault }] });
    const lines = [person(0, { title: 'bad' }), person(1)];
    await send(lines);
    const { run, logs } = await send(lines);
    expect([run, logs.slice(-2)]).toMatchObject([
      { rejected: '1', unchanged: '1', calls: '1' },
      ['INFO people: 2 rows (1 unchanged, 1 rejected)', 'WARN people: 1 row was rejected (apollo_rejected: 1)'],
    ]);
    expect(rejects()).toHaveLength(1);
  });

  test(
    'accounts for its calls as a run of sync does: for their fields, and for the quota they have used',
    slow,
    async () => {
      const { send, stored } = await place();
      await send([]);
      const windows = 'select distinct action from quota_windows where used_count > 0';
      expect(await stored(windows)).toEqual([{ action: 'users/api_profile' }]);
      await send(people(2));
      const { run } = await send([person(0, { title: 'CEO' }), person(1)]);
      const { costs } = JSON.parse(String(run['summary'])) as { readonly costs: unknown };
      expect(costs).toEqual([{ field: 'title', request: 'PATCH contacts/{id}', calls: 1, alone: 1, of: 1 }]);
    },
  );

  test('is refused before a row is read where another run has it', async () => {
    const { send, stored } = await place();
    await send(people(1));
    const { error } = await send(people(1), { state: { type: 'duckdb', path: '/dev/null/state.duckdb' } });
    expect(String(error)).toMatch(/^ConfigFailure: state\.path: the folder of/);
    expect(await stored('select count(*)::int as n from runs')).toEqual([{ n: 1 }]);
  });
});

test('status tells where a write is for as long as it goes on', async () => {
  let told: Said | undefined;
  let requests = 0;
  const { send, path, folder, clock } = await place({
    onApplied: async ({ action }) => {
      if (action !== 'contacts/bulk_create' || ++requests < 2) return;
      // The answer to the second request waits for the file, which comes within a second.
      for await (const _ of watch(folder)) if (liveRunOf(path, clock.now())?.run.streams[0]?.done === 2) break;
      told = await statusOf(path, clock.now(), { temporaryDirectory: folder });
    },
  });
  const { error } = await send(people(4), {}, { maxRows: 2 });
  expect(error).toBeUndefined();
  expect(told?.json).toMatchObject([
    {
      type: 'run_status',
      state: 'running',
      pid: process.pid,
      streams: [{ name: 'people', is_active: true, done: 2, created: 2, total: null, eta_seconds: null }],
      calls: { 'POST contacts/bulk_create': 1 },
    },
  ]);
  expect(told?.text).toMatch(/^Run \S+ goes on \(process/);
  expect(existsSync(`${path}.status`)).toBe(false);
});

/** A stream whose rows name their contacts. */
const streams = [
  {
    ...{ name: 'people', object: 'contacts', primary_key: 'id', mode: 'update', apollo_id: 'apollo_id' },
    mapping: [{ to: 'title', from: 'title' }],
  },
];

const [merged, kept] = ['a00000000000000000000001', 'a00000000000000000000002'];

/** An Apollo that has merged one of these contacts into the other. */
const placeOfMerged = () =>
  place({
    data: { contacts: [{ id: kept, email: 'kept@own.example', created_at: '2020-01-01T00:00:00Z' }] },
    quirks: { mergedContacts: { [merged]: kept } },
  });

describe('what a state store keeps from write', () => {
  const refused = async (sent: Promise<Written>) => String((await sent).error);

  test('are the records of another workspace, and rows of another stream of the name', async () => {
    const { send, clock } = await place();
    await send(people(2));
    const other = await startApollo({ clock, teamId: 'aaaaaaaaaaaaaaaaaaaaaaaa' });
    expect(await refused(send(people(2), { api_base_url: other.url }))).toMatch(/^ConfigFailure: .*state adopt/s);
    expect(other.store.contacts.size).toBe(0);
    const streams = [
      { name: 'people', object: 'accounts', primary_key: 'id', mapping: [{ to: 'name', from: 'first_name' }] },
    ];
    expect(await refused(send(people(2), { streams }))).toMatch(/^ConfigFailure: .*contacts/s);
  });

  test('is all of it while another run has it open: that is transient, and nothing is sent', async () => {
    const { send, emulator, path, clock } = await place();
    await send(people(1));
    const work = await WorkDatabase.open({ temporaryDirectory: tmpdir() });
    onTestFinished(() => work.close());
    const open = await StateDatabase.open(work, { path, runId: 'other', clock });
    const before = emulator.requests.entries.length;
    const { error } = await send(people(1)).catch((thrown: unknown) => ({ error: thrown }));
    expect(error).toMatchObject({ name: 'TransientFailure', kind: 'transient' });
    expect(emulator.requests.entries).toHaveLength(before);
    await open.close();
  });

  test('is no rejection: one that the file could not take is written by the next run', async () => {
    const fault = { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' } as const;
    const { send, rejects, folder } = await place({ trouble: [{ match: { path: 'contacts/bulk_create' }, fault }] });
    const lines = [person(0, { title: 'bad' }), person(1)];
    mkdirSync(join(folder, 'rejects.jsonl'));
    expect((await send(lines)).logs.join()).toContain('kept nowhere');
    rmSync(join(folder, 'rejects.jsonl'), { recursive: true });
    await send(lines);
    expect(rejects().map((line) => JSON.parse(line).code)).toEqual(['apollo_rejected']);
    await send(lines);
    expect(rejects()).toHaveLength(1);
  });

  test('is no id that the source has corrected since', async () => {
    const [first, second] = ['1', '2'].map((n) => `a0000000000000000000000${n}`);
    const contacts = [first, second].map((id) => ({
      id,
      email: `${id}@own.example`,
      created_at: '2020-01-01T00:00:00Z',
    }));
    const { send, emulator } = await place({ data: { contacts } });
    const row = (apollo_id: string) => [record('people', { id: 'row', title: 'CTO', apollo_id })];
    await send(row(first!), { streams });
    expect((await send(row(second!), { streams })).run).toMatchObject({ updated: '1' });
    expect(emulator.store.contacts.get(second!)?.title).toBe('CTO');
  });

  test('is the id of the contact into which that of a row was merged', async () => {
    const { send, emulator } = await placeOfMerged();
    const row = (title: string) => [record('people', { id: 'row', title, apollo_id: merged })];
    await send(row('CTO'), { streams });
    expect((await send(row('CTO'), { streams })).run).toMatchObject({ unchanged: '1' });
    expect((await send(row('CEO'), { streams })).run).toMatchObject({ updated: '1' });
    const asked = emulator.requests.entries.filter(({ action }) => action === 'contacts/update');
    expect(asked.map(({ path }) => path.split('/').at(-1))).toEqual([merged, kept]);
    expect(emulator.store.contacts.get(kept)?.title).toBe('CEO');
  });

  test('is that another row has the contact into which that of a row was merged', async () => {
    const { send, emulator } = await placeOfMerged();
    const rows = (title: string) => [
      record('people', { id: 'former', title, apollo_id: kept }),
      record('people', { id: 'latter', title: 'CTO', apollo_id: merged }),
    ];
    const asked = () => emulator.requests.entries.filter(({ action }) => action === 'contacts/update').length;
    const held = () => emulator.store.contacts.get(kept)?.title;
    await send(rows('CFO'), { streams });
    const before = [asked(), held()];
    expect(held()).toBe('CTO');
    const { run } = await send(rows('CFO'), { streams });
    expect(run).toMatchObject({ unchanged: '1', superseded: '1' });
    expect([asked(), held()]).toEqual(before);
    await send(rows('CFO'), { streams });
    expect([asked(), held()]).toEqual(before);
  });
});

describe('rows whose match keys change', () => {
  const person = (id: string, who: string, title = `of ${who}`) =>
    record('people', { id, email: `${who}@${who}.example`, first_name: who, title });
  const heldIn = (emulator: Awaited<ReturnType<typeof place>>['emulator']) =>
    [...emulator.store.contacts.values()].map(({ email, title }) => `${String(email).split('@')[0]} ${title}`);
  const rowsIn = (path: string) =>
    sqlOn(path, `select primary_key, match_key from records where destination_id is not null order by all`);

  test('go to the records that have them: two addresses that are swapped', async () => {
    const { emulator, path, send } = await place();
    await send([person('1', 'ann'), person('2', 'bo'), streamState('people', 1)]);
    const { states } = await send([person('1', 'bo'), person('2', 'ann'), streamState('people', 2)]);
    expect([states, heldIn(emulator)]).toEqual([[2], ['ann of ann', 'bo of bo']]);
    expect(await rowsIn(path)).toEqual([
      { primary_key: '1', match_key: 'email:bo@bo.example' },
      { primary_key: '2', match_key: 'email:ann@ann.example' },
    ]);
  });

  test('are freed before a new row takes them', slow, async () => {
    const { emulator, path, send } = await place();
    await send([person('1', 'info', 'first'), streamState('people', 1)]);
    await send([person('2', 'info', 'second'), person('1', 'ann', 'first'), streamState('people', 2)]);
    expect(heldIn(emulator)).toEqual(['ann first', 'info second']);
    expect(await rowsIn(path)).toEqual([
      { primary_key: '1', match_key: 'email:ann@ann.example' },
      { primary_key: '2', match_key: 'email:info@info.example' },
    ]);
  });

  test('are those of the row that came last, where the other one has not come again', slow, async () => {
    const { emulator, path, send } = await place();
    await send([person('1', 'info', 'first'), streamState('people', 1)]);
    await send([person('2', 'info', 'second'), streamState('people', 2)]);
    expect(heldIn(emulator)).toEqual(['info second']);
    expect(await rowsIn(path)).toEqual([{ primary_key: '2', match_key: 'email:info@info.example' }]);
    await send([person('1', 'ann', 'first'), streamState('people', 3)]);
    expect(heldIn(emulator)).toEqual(['info second', 'ann first']);
  });

  test('are written again after an answer that was lost, where the former row has the record once more', async () => {
    const { emulator, send } = await place();
    const config = { retries: { max_retries: 0 } };
    const rows = [person('new', 'info', 'first'), person('former', 'info', 'first')];
    await send([...rows, streamState('people', 1)], config);
    emulator.addTrouble([{ match: { path: 'contacts/update' }, fault: { kind: 'applied-then-status' } }]);
    const { run } = await send([...rows, person('new', 'info', 'second'), streamState('people', 2)], config);
    expect([run['deferred'], heldIn(emulator)]).toEqual(['1', ['info second']]);
    emulator.clearTrouble();
    await send([...rows, streamState('people', 3)], config);
    expect(heldIn(emulator)).toEqual(['info first']);
  });
});
