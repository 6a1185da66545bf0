import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { apollo as connector } from '../../connector/apollo.ts';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { defaultMicroBatchLimits } from '../../runtime/airbyte/input/micro-batches.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { planOf } from '../../runtime/run/preview/plan-file.ts';
import { bytes, record } from '../support/airbyte.ts';
import { ask } from '../support/ask.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { refusal, runPreview, runSync } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { mapped, people, shown } from './scenario.ts';

const TIER = '60c39ed82bd02f0115000700';
const rows = people(3, (i) => ({ segment: ['north', 'south', null][i]! }));
const entry = { to: 'custom:Region', from: 'segment', create: 'string' };
const stream = { mapping: [...mapped(), entry] };

/** A clock by which chance always says the same. */
class ChanceClock extends EmulatorClock {
  readonly #chance: number;

  constructor(chance: number) {
    super();
    this.#chance = chance;
  }

  override random(): number {
    return this.#chance;
  }

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    // A moment for each tenth of a second that it waits.
    for (let turn = 0; turn < ms / 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    return super.sleep(ms, signal);
  }
}

/** Runs that wait for one another before they look what is there, so that none sees what another makes. */
class Meeting {
  #missing: number;
  #open: () => void = () => {};
  readonly #all: Promise<void>;

  constructor(runs: number) {
    this.#missing = runs;
    this.#all = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  clock(): EmulatorClock {
    const meet = async () => {
      this.#missing -= 1;
      if (this.#missing === 0) this.#open();
      await this.#all;
    };
    let isFirst = true;
    return new (class extends EmulatorClock {
      override async sleep(ms: number, signal: AbortSignal): Promise<void> {
        if (isFirst) {
          isFirst = false;
          await meet();
        }
        return super.sleep(ms, signal);
      }
    })();
  }
}

// What `check` sends to prove a scope departs from the document on purpose.
const expected = (departure: string): boolean => departure.startsWith('POST contacts/bulk_create: the body must have');

async function setting(options: EmulatorOptions = {}) {
  const clock = new EmulatorClock();
  return { clock, apollo: await startApollo({ clock, ...options }, { expected }) };
}

/** Label and type of the custom fields of contacts that were not there from the start. */
const made = ({ store }: Pick<Emulator, 'store'>) =>
  [...store.fields.values()].filter(({ isNew }) => isNew).map(({ label, modality, type }) => [label, modality, type]);

const optionsOf = ({ store }: Pick<Emulator, 'store'>, id: string) =>
  store.fields.get(id)!.options.map(({ id, name }) => [id, name]);

describe('custom fields that are missing', () => {
  test('are made once, and written in the same run', async () => {
    const { apollo, clock } = await setting();
    const { status, summary, told } = await runSync({ apollo, clock, rows, stream });
    expect({ status, calls: summary.calls, told, made: made(apollo) }).toEqual({
      status: 'succeeded',
      calls: {
        'GET fields': 3,
        'GET typed_custom_fields': 3,
        'GET users/api_profile': 1,
        'POST fields': 1,
        'POST contacts/bulk_create': 1,
      },
      told: ['Made custom field "Region" (string) of contacts.'],
      made: [['Region', 'contact', 'string']],
    });
    expect(shown(apollo, 'contacts', ['custom'])).toEqual([
      { custom: { Region: 'north' } },
      { custom: { Region: 'south' } },
      { custom: {} },
    ]);
  });

  test('are shown by preview, which counts their calls and makes none', async () => {
    const { apollo, clock } = await setting();
    const preview = await runPreview({ apollo, clock, rows, stream });
    expect(made(apollo)).toEqual([]);
    expect(preview.makes).toEqual([
      { stream: 'rows', what: 'custom field "Region" (string) of contacts', count: 1, request: 'POST fields' },
    ]);
    const { summary } = await runSync({ apollo, clock, rows, stream });
    const least = Object.entries(preview.calls).filter(([, { min }]) => min > 0);
    expect(Object.fromEntries(least.map(([request, { min }]) => [request, min]))).toEqual(summary.calls);
  });

  test('are made of the type of their column where the stream asks for all of them', async () => {
    const { apollo, clock } = await setting();
    const typed = people(1, () => ({ score: 3, note: 'x', is_key: true, since: '2026-01-02' }));
    const mapping = mapped(['custom:Score', 'score'], ['custom:Note', 'note'], ['custom:Key', 'is_key']);
    const constant = { to: 'custom:Level', constant: 3 };
    const table = { name: 'typed', mapping: [...mapping, constant], create_fields: true };
    const { status } = await runSync({ apollo, clock, tables: { typed }, streams: [table] });
    expect([status, made(apollo)]).toEqual([
      'succeeded',
      [
        ['Score', 'contact', 'number'],
        ['Note', 'contact', 'string'],
        ['Key', 'contact', 'boolean'],
        ['Level', 'contact', 'number'],
      ],
    ]);
    expect(shown(apollo, 'contacts', ['custom'])).toEqual([
      { custom: { Score: '3', Note: 'x', Key: 'true', Level: '3' } },
    ]);
  });

  test('are made for columns that carry custom: in their name, and for accounts too', async () => {
    const { apollo, clock } = await setting();
    const named = [{ domain: 'acme.example', name: 'Acme', 'custom:Region': 'north', other: 1 }];
    const { status } = await runSync({
      apollo,
      clock,
      rows: named,
      stream: { object: 'accounts', create_fields: true },
    });
    expect([status, made(apollo)]).toEqual(['succeeded', [['Region', 'account', 'string']]]);
  });

  test('are not made where nothing asks for it, whatever another entry says', async () => {
    const { apollo, clock } = await setting();
    const mapping = [...mapped(['custom:Other', 'segment']), { ...entry, from: 'first_name' }];
    const { exit, message } = await refusal({ apollo, clock, rows, stream: { mapping } });
    expect([exit, message, made(apollo)]).toEqual([
      2,
      expect.stringContaining('"custom:Other" is not a custom field.'),
      [],
    ]);
  });

  test('stay as they are where they are there, with a word where their type is another one', async () => {
    const { apollo, clock } = await setting();
    const mapping = [...mapped(), { to: 'custom:lead score', from: 'n', create: 'string' }];
    const { summary, told } = await runSync({ apollo, clock, rows: people(1, () => ({ n: 5 })), stream: { mapping } });
    expect([made(apollo), summary.calls['POST fields'], told]).toEqual([
      [],
      undefined,
      ['streams[0].mapping[1].create: "custom:lead score" is there with another type (number), which it keeps.'],
    ]);
  });

  test.each([
    ['a lost answer', { trouble: [{ match: { path: 'fields/create' }, fault: { kind: 'applied-then-drop' } }] }],
    ['500 after all', { trouble: [{ match: { path: 'fields/create' }, fault: { kind: 'applied-then-status' } }] }],
    ['a list that shows it late', { quirks: { newFieldLagMs: 20_000 } }],
    ['an id of another form', { quirks: { createdFieldId: 'uuid' } }],
    ['an id of another form, shown late', { quirks: { createdFieldId: 'uuid', newFieldLagMs: 20_000 } }],
    [
      'a lost answer, shown late',
      {
        quirks: { newFieldLagMs: 20_000 },
        trouble: [{ match: { path: 'fields/create' }, fault: { kind: 'applied-then-drop' } }],
      },
    ],
  ] satisfies [string, EmulatorOptions][])('are made once in spite of %s', async (_, options) => {
    const { apollo, clock } = await setting(options);
    const { status } = await runSync({ apollo, clock, rows, stream });
    expect([status, made(apollo)]).toEqual(['succeeded', [['Region', 'contact', 'string']]]);
    expect(shown(apollo, 'contacts', ['custom'])[0]).toEqual({ custom: { Region: 'north' } });
  });

  test('are not asked for twice where no answer came and none shows: the run ends, and the next one makes them', async () => {
    const { apollo, clock } = await setting({
      trouble: [{ match: { path: 'fields/create', times: 1 }, fault: { kind: 'drop' } }],
    });
    const first = await runSync({ apollo, clock, rows, stream });
    expect([first.exit, first.summary.calls['POST fields'], apollo.store.contacts.size]).toEqual([75, 1, 0]);
    const second = await runSync({ apollo, clock, rows, stream });
    expect([second.status, made(apollo)]).toEqual(['succeeded', [['Region', 'contact', 'string']]]);
  });

  test('are made by one of two runs at once, and the other one writes them too', async () => {
    const apollo = await startApollo();
    const clocks = [new ChanceClock(0), new ChanceClock(0.9)];
    const accounts = (i: number) => ({ domain: `c${i}.example`, segment: `s${i}` });
    const of = { object: 'accounts', mapping: [{ to: 'domain', from: 'domain' }, entry] };
    const both = await Promise.all(
      clocks.map((clock, i) => runSync({ apollo, clock, rows: [accounts(i)], stream: of })),
    );
    expect([both.map(({ status }) => status), made(apollo)]).toEqual([
      ['succeeded', 'succeeded'],
      [['Region', 'account', 'string']],
    ]);
    expect(shown(apollo, 'accounts', ['custom']).map(({ custom }) => custom)).toEqual([
      { Region: expect.any(String) },
      { Region: expect.any(String) },
    ]);
  });

  test.each(['accepted', '422'] as const)(
    'are one under their label where two runs ask in the same moment, and a second one is %s',
    async (duplicateLabels) => {
      const apollo = await startApollo({ quirks: { duplicateLabels } });
      const meeting = new Meeting(2);
      const runs = [0, 1].map((i) =>
        runSync({
          apollo,
          clock: meeting.clock(),
          rows: people(1, () => ({ email: `p${i}@c${i}.example`, segment: 'x' })),
          stream,
        }),
      );
      const both = await Promise.all(runs);
      expect(both.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
      const labels = made(apollo).map(([label]) => label);
      expect(labels.filter((label) => label === 'Region')).toEqual(['Region']);
      expect(labels.filter((label) => label !== 'Region')).toEqual(
        duplicateLabels === '422' ? [] : ['Region (not used)'],
      );
      expect(shown(apollo, 'contacts', ['custom']).map(({ custom }) => custom)).toEqual([
        { Region: 'x' },
        { Region: 'x' },
      ]);
    },
  );

  test('that Apollo refuses end the run with its reason, and nothing is sent', async () => {
    const body = { error: 'Too many custom fields' };
    const { apollo, clock } = await setting({
      trouble: [{ match: { path: 'fields/create' }, fault: { kind: 'status', status: 422, body } }],
    });
    const { exit, message } = await refusal({ apollo, clock, rows, stream });
    expect([exit, apollo.store.contacts.size]).toEqual([2, 0]);
    expect(message).toContain('Apollo refused to make the custom field "Region" (string) of contacts');
    expect(message).toContain('Too many custom fields');
  });
});

describe('options that a picklist lacks', () => {
  const tier = { mapping: mapped(['custom:Customer Tier', 'tier']), create_options: true };
  const tiers = people(5, (i) => ({ tier: ['Gold', 'Platinum', 'platinum ', null, 'Basic'][i]! }));

  test('are added in one request, and those that are there keep their ids', async () => {
    const { apollo, clock } = await setting();
    const before = optionsOf(apollo, TIER);
    const { status, summary, told } = await runSync({ apollo, clock, rows: tiers, stream: tier });
    expect([status, summary.calls['PATCH fields'], told]).toEqual([
      'succeeded',
      1,
      ['Made 2 options of custom field "Customer Tier" of contacts.'],
    ]);
    const after = optionsOf(apollo, TIER);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).map(([, name]) => name)).toEqual(['Basic', 'Platinum']);
    expect(shown(apollo, 'contacts', ['custom']).map(({ custom }) => custom)).toEqual([
      { 'Customer Tier': ['Gold'] },
      { 'Customer Tier': ['Platinum'] },
      { 'Customer Tier': ['Platinum'] },
      {},
      { 'Customer Tier': ['Basic'] },
    ]);
  });

  test('are counted by preview, which adds none', async () => {
    const { apollo, clock } = await setting();
    const { makes, streams } = await runPreview({ apollo, clock, rows: tiers, stream: tier });
    expect(makes).toEqual([
      {
        stream: 'rows',
        what: 'options of custom field "Customer Tier" of contacts',
        count: 2,
        request: 'PATCH fields',
      },
    ]);
    expect([streams[0]?.rejected, apollo.requests.count('fields/update')]).toEqual([0, 0]);
  });

  test('are not added where nothing asks for it', async () => {
    const { apollo, clock } = await setting();
    const { summary } = await runSync({ apollo, clock, rows: tiers, stream: { ...tier, create_options: false } });
    expect([summary.streams[0]?.reject_codes, summary.calls['PATCH fields']]).toEqual([
      { unknown_option: 3 },
      undefined,
    ]);
  });

  test('of several choices are added each, and of a constant too', async () => {
    const { apollo, clock } = await setting();
    const mapping = [
      ...mapped(['custom:Interests', 'interests']),
      { to: 'custom:Customer Tier', constant: 'Platinum' },
    ];
    const chosen = people(2, (i) => ({ interests: ['Product; Training', 'Training;Events'][i]! }));
    const { status, summary } = await runSync({
      apollo,
      clock,
      rows: chosen,
      stream: { mapping, create_options: true },
    });
    expect([status, summary.calls['PATCH fields']]).toEqual(['succeeded', 2]);
    expect(shown(apollo, 'contacts', ['custom']).map(({ custom }) => custom)).toEqual([
      { Interests: ['Product', 'Training'], 'Customer Tier': ['Platinum'] },
      { Interests: ['Training', 'Events'], 'Customer Tier': ['Platinum'] },
    ]);
  });

  test('that are too many to be meant end the run before anything is sent', async () => {
    const { apollo, clock } = await setting();
    const many = people(101, (i) => ({ tier: `tier ${i}` }));
    const { exit, message } = await refusal({ apollo, clock, rows: many, stream: tier });
    expect([exit, apollo.requests.count('fields/update'), apollo.store.contacts.size]).toEqual([2, 0, 0]);
    expect(message).toBe(
      'streams[0].create_options: the rows have more than 100 values that "Customer Tier" of contacts has no option for; a run makes no more than that. Map another column, or write a text field.',
    );
  });

  test.each([
    ['a lost answer', { trouble: [{ match: { path: 'fields/update' }, fault: { kind: 'applied-then-drop' } }] }],
    ['a list that shows them late', { quirks: { newFieldLagMs: 20_000 } }],
    ['options that only the newer list shows', { quirks: { fieldsShowOptions: true } }],
  ] satisfies [string, EmulatorOptions][])('are added once in spite of %s', async (_, options) => {
    const { apollo, clock } = await setting(options);
    const { status, summary } = await runSync({ apollo, clock, rows: tiers, stream: tier });
    expect([status, summary.calls['PATCH fields'], optionsOf(apollo, TIER).length]).toEqual(['succeeded', 1, 5]);
  });

  test('let rows in that an earlier run has rejected for want of them', slow, async () => {
    const { apollo, clock } = await setting();
    const runs = new Runs(apollo, { clock, stream: { ...tier, create_options: false } });
    expect((await runs.sync(tiers)).counts).toEqual({ created: 2, rejected: 3 });
    const more = { stream: { create_options: true } };
    expect((await runs.sync(tiers, more)).counts).toEqual({ created: 3, unchanged: 2 });
    expect((await runs.sync(tiers, more)).counts).toEqual({ unchanged: 5 });
  });
});

describe('a run that makes something', () => {
  test('sends nothing for it again once it is there', async () => {
    const { apollo, clock } = await setting();
    const runs = new Runs(apollo, { clock, stream });
    await runs.sync(rows);
    const second = await runs.sync(rows);
    expect([second.counts, second.calls]).toEqual([{ unchanged: 3 }, {}]);
  });

  test('gives a new field to records that are there', async () => {
    const { apollo, clock } = await setting();
    const runs = new Runs(apollo, { clock, stream: { mapping: mapped('first_name') } });
    await runs.sync(rows);
    const second = await runs.sync(rows, { stream: { mapping: [...mapped('first_name'), entry] } });
    expect(second.counts).toEqual({ updated: 2, unchanged: 1 });
  });

  test('makes nothing where it is stopped by a guard', async () => {
    const { apollo, clock } = await setting();
    const { exit } = await refusal({ apollo, clock, rows, stream, config: { guards: { max_creates: 1 } } });
    expect([exit, made(apollo)]).toEqual([2, []]);
  });

  test('makes nothing where too many of its rows are gone', slow, async () => {
    const { apollo, clock } = await setting();
    const mirror = { mode: 'mirror', lists: ['Sync'] };
    const runs = new Runs(apollo, { clock, stream: { ...mirror, mapping: mapped('first_name') } });
    await runs.sync(people(10, () => ({ segment: 'x' })));
    const gone = runs.sync(
      people(2, () => ({ segment: 'x' })),
      { stream: { ...mirror, ...stream } },
    );
    await expect(gone).rejects.toThrow('max_removed_percent');
    expect(made(apollo)).toEqual([]);
  });

  test('is explained as it will be, and explaining makes nothing', async () => {
    const { apollo, clock } = await setting();
    const before = new Runs(apollo, { clock, stream: { mapping: mapped('first_name') } });
    await before.sync(rows);
    const after = new Runs(apollo, { clock, stream: { mapping: [...mapped('first_name'), entry] } }, before.folder);
    const { text } = await ask(
      { name: 'explain', stream: 'rows', key: 'person0@company0.example', config: 'F' },
      {
        destination: async () => connector,
        configured: async () => connector.configure((await after.configuration(rows)).json, 'sync', {}),
        stateAt: async () => after.state,
        source: { temporaryDirectory: after.folder },
        dependencies: { clock, environment: {}, version: '0.0.0', notice: () => {} },
        run: new AbortController(),
      },
    );
    expect(text).toContain('PATCH contacts/{id}');
    expect(made(apollo)).toEqual([]);
  });

  test('makes no more than its plan has', async () => {
    const { apollo, clock } = await setting();
    const tier = { mapping: mapped(['custom:Customer Tier', 'tier']), create_options: true };
    const runs = new Runs(apollo, { clock, stream: tier });
    const preview = await runs.preview(people(1, () => ({ tier: 'Platinum' })));
    const plan = planOf('plan.json', preview);
    const two = people(2, (i) => ({ tier: ['Platinum', 'Basic'][i]! }));
    await expect(runs.sync(two, { plan })).rejects.toThrow(
      '--plan plan.json: the run would make 2 options of custom field "Customer Tier" of contacts, and the plan has 1.',
    );
    const one = await runs.sync(two.slice(0, 1), { plan });
    expect(one.counts).toEqual({ created: 1 });
  });

  test('needs a key that may, which check proves without making anything', async () => {
    const scopes = ['fields/index', 'typed_custom_fields/index', 'users/api_profile', 'contacts/bulk_create'];
    const all = [...scopes, 'contacts/update', 'contacts/show'].map((scope) => `api/v1/${scope}`);
    const { apollo, clock } = await setting({ keys: [{ key: API_KEY, scopes: all }] });
    const options = { mapping: [...stream.mapping, ...mapped(['custom:Customer Tier', 'tier']).slice(1)] };
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: apollo.url,
      streams: [{ name: 'rows', object: 'contacts', ...options, create_options: true }],
    };
    const { config } = connector.configure(json, 'airbyte', {});
    const around = { clock, environment: {}, version: '0.0.0', notice: () => {} };
    const connection = connector.connect(config, around);
    const checked = connection.check(new AbortController().signal);
    await expect(checked).rejects.toThrow(/api\/v1\/fields\/create .*api\/v1\/fields\/update /);
    await connection.close();
    const { exit, message } = await refusal({ apollo, clock, rows, stream });
    expect([exit, made(apollo)]).toEqual([2, []]);
    expect(message).toContain('api/v1/fields/create');
  });

  test('is checked where the key may', async () => {
    const { apollo, clock } = await setting();
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: apollo.url,
      streams: [{ name: 'rows', object: 'contacts', ...stream, create_options: true }],
    };
    const { config } = connector.configure(json, 'airbyte', {});
    const connection = connector.connect(config, { clock, environment: {}, version: '0.0.0', notice: () => {} });
    expect(await connection.check(new AbortController().signal)).toMatch(/^Apollo accepts the credentials[^.]*\.$/);
    await connection.close();
    expect([made(apollo), apollo.requests.count('fields/create')]).toEqual([[], 1]);
  });
});

describe('write', () => {
  const properties = {
    email: { type: 'string' },
    score: { type: ['null', 'number'] },
    day: { type: 'string', format: 'date' },
    tier: { type: 'string' },
  };
  const catalog = {
    streams: [
      {
        stream: { name: 'people', json_schema: { properties } },
        sync_mode: 'full_refresh',
        destination_sync_mode: 'append_dedup',
      },
    ],
  };

  async function written(apollo: Emulator, clock: EmulatorClock, lines: readonly string[]) {
    const mapping = mapped(['custom:Score', 'score'], ['custom:Day', 'day'], ['custom:Customer Tier', 'tier']);
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: apollo.url,
      streams: [{ name: 'people', object: 'contacts', mapping, create_fields: true, create_options: true }],
    };
    const options = { run: new AbortController(), source: { temporaryDirectory: tmpdir() } };
    const messages: OutgoingMessage[] = [];
    const stdin = bytes(lines.map((line) => `${line}\n`).join(''));
    const around = { clock, environment: {}, version: '0.0.0', notice: () => {} };
    const run = write(
      connector,
      async () => connector.configure(json, 'airbyte', {}),
      { ...options, catalog: async () => catalog, stdin, limits: { ...defaultMicroBatchLimits, maxRows: 2 } },
      around,
    );
    for await (const message of run) messages.push(message);
    return messages.flatMap((message) => (message.type === 'LOG' ? [message.log.message] : []));
  }

  test('makes fields of the types of the catalog, and options as rows bring them', async () => {
    const { apollo, clock } = await setting();
    const data = (i: number, tier: string) => ({ email: `p${i}@c${i}.example`, score: i, day: '2026-01-02', tier });
    const lines = ['Gold', 'Platinum', 'platinum', 'Basic'].map((tier, i) => record('people', data(i, tier)));
    const logs = await written(apollo, clock, lines);
    expect(logs.filter((log) => log.includes('made'))).toEqual([
      'people: made custom field "Score" (number) of contacts',
      'people: made custom field "Day" (date) of contacts',
      'people: made 1 option of custom field "Customer Tier" of contacts',
      'people: made 1 option of custom field "Customer Tier" of contacts',
    ]);
    expect(made(apollo)).toEqual([
      ['Score', 'contact', 'number'],
      ['Day', 'contact', 'date'],
    ]);
    expect(shown(apollo, 'contacts', ['custom']).map(({ custom }) => custom)).toEqual([
      { Score: '0', Day: '2026-01-02', 'Customer Tier': ['Gold'] },
      { Score: '1', Day: '2026-01-02', 'Customer Tier': ['Platinum'] },
      { Score: '2', Day: '2026-01-02', 'Customer Tier': ['Platinum'] },
      { Score: '3', Day: '2026-01-02', 'Customer Tier': ['Basic'] },
    ]);
  });
});
