import { describe, expect, test } from 'vitest';
import type { SeedData } from '../../emulator/server/seeding.ts';
import type { TroubleRule } from '../../emulator/server/trouble.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { idOf, shown } from './scenario.ts';

// A contact that somebody made a minute before the run is theirs, whatever happened to a request.

const start = Date.UTC(2026, 0, 5, 9);
const rows = [
  { email: 'ann@acme.example', title: 'CTO', mobile_phone: '+12025550101' },
  { email: 'bo@bolt.example', title: 'COO', mobile_phone: '+12025550102' },
];
const human: SeedData = {
  contacts: [
    { id: idOf(1), email: 'ann@acme.example', title: 'CEO', created_at: new Date(start - 60_000).toISOString() },
  ],
};
const onCreate = (nth: number) => ({ path: 'contacts/bulk_create', nth });

async function setUp(stream: object, trouble: readonly TroubleRule[], data: SeedData = human, offsetMs = 0) {
  const clock = new EmulatorClock(start);
  // The clock of the machine that runs the program may be days behind that of Apollo.
  const machine = { slowMs: offsetMs };
  const slow: Clock = {
    now: () => clock.now() - machine.slowMs,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    random: () => 0.5,
  };
  const apollo = await startApollo({ clock, trouble, data });
  const runs = new Runs(apollo, {
    clock: slow,
    stream: { primary_key: 'email', lists: ['VIP'], ...stream },
    config: { concurrency: 1 },
  });
  return { apollo, clock, runs, machine, held: () => shown(apollo, 'contacts', ['email', 'title', 'phones', 'lists']) };
}

const written = rows.map(({ email, title, mobile_phone }) => ({
  email,
  title,
  phones: { mobile: mobile_phone },
  lists: ['VIP'],
}));
const untouched = { email: 'ann@acme.example', title: 'CEO', phones: {}, lists: [] };

const refusals: [string, TroubleRule[]][] = [
  ['429', [{ match: onCreate(1), fault: { kind: 'status', status: 429, retryAfterSeconds: 5 } }]],
  ['422', [{ match: onCreate(1), fault: { kind: 'status', status: 422, body: { error: 'no' } } }]],
  ['503', [{ match: onCreate(1), fault: { kind: 'status', status: 503 } }]],
  ['a reset', [{ match: onCreate(1), fault: { kind: 'drop' } }]],
  [
    '500 and then 429',
    [
      { match: onCreate(1), fault: { kind: 'status', status: 500 } },
      { match: onCreate(2), fault: { kind: 'status', status: 429, retryAfterSeconds: 5 } },
    ],
  ],
];

describe.each([0, 3 * 86_400_000])('with a clock that is %i ms slow', (offsetMs) => {
  sweepOver(refusals)('after %s, a contact that was there is compared, and counts as updated', async (_, trouble) => {
    const { runs, held } = await setUp({}, trouble, human, offsetMs);
    const { counts } = await runs.sync(rows);
    expect(counts).toEqual({ created: 1, updated: 1 });
    expect(held()).toEqual(written);
  });

  sweepOver(refusals)('after %s, mode insert leaves it alone', async (_, trouble) => {
    const { runs, held } = await setUp({ mode: 'insert' }, trouble, human, offsetMs);
    const { counts } = await runs.sync(rows);
    expect(counts).toEqual({ created: 1, skipped: 1 });
    expect(held()).toEqual([untouched, written[1]]);
  });

  sweepOver(['applied-then-drop', 'applied-then-status', 'truncated'] as const)(
    'what a request that was lost (%s) has created counts as created, in mode insert too',
    async (kind) => {
      const trouble = [{ match: onCreate(1), fault: { kind } }];
      const { runs, held } = await setUp({ mode: 'insert' }, trouble, human, offsetMs);
      const { counts } = await runs.sync(rows);
      expect(counts).toEqual({ created: 1, skipped: 1 });
      expect(held()).toEqual([untouched, written[1]]);
    },
  );
});

describe('between two runs', () => {
  const patience = { rate_limits: { plan: 'organization', max_wait_seconds: 1 } };
  const made: SeedData = { contacts: [{ id: idOf(1), email: 'ann@acme.example', title: 'CEO' }] };

  test.each<[string, TroubleRule[]]>([
    ['429', [{ match: onCreate(1), fault: { kind: 'status', status: 429, retryAfterSeconds: 3600 } }]],
  ])('a request that was refused with %s leaves no trace', async (_, trouble) => {
    const { apollo, clock, runs, held } = await setUp({ mode: 'insert' }, trouble, {});
    expect((await runs.sync(rows, { config: { ...patience, concurrency: 1 } })).counts).toEqual({ deferred: 2 });
    expect(await runs.query('select count(*)::int as open from intents')).toEqual([{ open: 0 }]);
    clock.advance(7200_000);
    apollo.seed(made);
    expect((await runs.sync(rows)).counts).toEqual({ created: 1, skipped: 1 });
    expect(held()).toEqual(expect.arrayContaining([untouched, written[1]]));
  });

  test('one whose answer was lost leaves its own', async () => {
    const trouble: TroubleRule[] = [
      { match: { path: 'contacts/bulk_create', nth: 1 }, fault: { kind: 'applied-then-drop' } },
    ];
    const { runs, held, clock } = await setUp({ mode: 'insert' }, trouble, human);
    const first = await runs.sync(rows, { config: { retries: { max_retries: 0 } } });
    expect(first.counts).toEqual({ deferred: 2 });
    clock.advance(7200_000);
    expect((await runs.sync(rows)).counts).toEqual({ created: 1, skipped: 1 });
    expect(held()).toEqual([untouched, written[1]]);
  });

  sweepOver([
    ['fast', -7200_000, 0],
    ['slow', 3 * 86_400_000, 0],
    ['right, and the next one has a slow one', 0, 7200_000],
    ['right, and the next one has a fast one', 0, -7200_000],
  ] as [string, number, number][])(
    'one that a machine has lost whose clock is %s leaves its own',
    async (_, ...slowMs) => {
      const trouble: TroubleRule[] = [{ match: onCreate(1), fault: { kind: 'applied-then-drop' } }];
      const { runs, held, machine } = await setUp({ mode: 'insert' }, trouble, human, slowMs[0]);
      const first = await runs.sync(rows, { config: { retries: { max_retries: 0 } } });
      expect(first.counts).toEqual({ deferred: 2 });
      machine.slowMs = slowMs[1];
      expect((await runs.sync(rows)).counts).toEqual({ created: 1, skipped: 1 });
      expect(held()).toEqual([untouched, written[1]]);
    },
  );
});
