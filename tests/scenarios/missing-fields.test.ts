import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { refusal, runPreview, runSync } from '../support/run.ts';
import { entry, made, rows, setting, stream } from './makings.ts';
import { mapped, people, shown } from './scenario.ts';

/** A clock by which chance has a run wait until something has happened. */
class WaitingClock extends EmulatorClock {
  readonly #hasHappened: () => boolean;

  constructor(hasHappened: () => boolean) {
    super();
    this.#hasHappened = hasHappened;
  }

  override random(): number {
    return 0.9;
  }

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    while (!this.#hasHappened()) await new Promise<void>((resolve) => setImmediate(resolve));
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
    const clocks = [new EmulatorClock(), new WaitingClock(() => made(apollo).length > 0)];
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
