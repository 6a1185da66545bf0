import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { apollo as connector } from '../../connector/apollo.ts';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { defaultMicroBatchLimits } from '../../runtime/airbyte/input/micro-batches.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { bytes, record } from '../support/airbyte.ts';
import { API_KEY } from '../support/emulator.ts';
import type { EmulatorClock } from '../support/emulator-clock.ts';
import { refusal, runPreview, runSync } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { made, setting } from './makings.ts';
import { mapped, people, shown } from './scenario.ts';

const TIER = '60c39ed82bd02f0115000700';

const optionsOf = ({ store }: Pick<Emulator, 'store'>, id: string) =>
  store.fields.get(id)!.options.map(({ id, name }) => [id, name]);

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
