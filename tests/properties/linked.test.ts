import fc from 'fast-check';
import { expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { isNightly, sweep } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';

const domains = ['acme.example', 'bell.example', 'core.example'] as const;

/** A contact, with the domain of its company as sources write it. */
const contact = fc.record({
  who: fc.integer({ min: 0, max: 5 }),
  at: fc.constantFrom(...domains, 'https://www.ACME.example/x', 'me@bell.example', 'gmail.com', null),
  title: fc.constantFrom('CTO', 'CEO'),
});
const fault = fc.record({
  nth: fc.integer({ min: 1, max: 5 }),
  kind: fc.constantFrom('applied-then-drop', 'drop', 'applied-then-status', 'truncated'),
});
const day = fc.record({
  contacts: fc.uniqueArray(contact, { minLength: 1, maxLength: 5, selector: ({ who }) => who }),
  companies: fc.subarray([...domains], { minLength: 0 }),
  faults: fc.array(fault, { maxLength: 2 }),
  killedAt: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
});
const world = fc.record({
  create: fc.boolean(),
  there: fc.subarray([...domains]),
  days: fc.array(day, { minLength: 1, maxLength: 3 }),
});

type Of<T> = T extends fc.Arbitrary<infer U> ? U : never;

/** The domain that a value names; null for one that names none. */
const plain = (at: string | null): string | null =>
  domains.find((domain) => at?.toLowerCase().includes(domain.slice(0, 4))) ?? null;

const streams = (create: boolean) => [
  {
    ...{ name: 'contacts', object: 'contacts', primary_key: 'id', query: "select * from rows where kind = 'contact'" },
    mapping: ['email', 'title'].map((to) => ({ to, from: to })),
    account: { from: 'at', create },
  },
  {
    ...{ name: 'accounts', object: 'accounts', query: "select * from rows where kind = 'account'" },
    mapping: [{ to: 'domain', from: 'at' }],
  },
];

async function play({ create, there, days }: Of<typeof world>): Promise<void> {
  const clock = new EmulatorClock();
  const accounts = there.map((domain) => ({ domain, name: `The ${domain}` }));
  const emulator = await startEmulator({ plan: 'unlimited', clock, data: { accounts } });
  const runs = new Runs(emulator, { clock, config: { streams: streams(create) } });
  const known = new Set<string>();
  const linked = new Map<number, string | null>();
  try {
    for (const { contacts, companies, faults, killedAt } of days) {
      clock.advance(24 * 3_600_000);
      const rows = [
        ...contacts.map(({ who, at, title }) => ({
          kind: 'contact',
          id: `c${who}`,
          email: `p${who}@x.example`,
          title,
          at,
        })),
        ...companies.map((at) => ({ kind: 'account', id: at, email: null, title: null, at })),
      ];
      emulator.addTrouble(faults.map(({ nth, kind }) => ({ match: { nth }, fault: { kind } })));
      const config = { streams: streams(create), retries: { max_retries: 0 } };
      await runs.sync(rows, { config, ...(killedAt !== undefined && killedState(killedAt)) });
      emulator.clearTrouble();
      await runs.sync(rows);
      for (const domain of companies) known.add(domain);
      const waiting = contacts.filter(({ at }) => plain(at) !== null && !create && !known.has(plain(at)!));
      for (const { who, at } of contacts) {
        if (waiting.some((one) => one.who === who)) continue;
        // A row that names no account leaves the one that is there.
        linked.set(who, plain(at) ?? linked.get(who) ?? null);
      }
      const report = runs.summary.streams.find(({ name }) => name === 'contacts');
      expect(report?.deferred_codes).toEqual(waiting.length > 0 ? { account_missing: waiting.length } : {});
      const held = [...emulator.store.contacts.values()].map(({ email, account_id }) => [
        Number(String(email).slice(1, 2)),
        account_id === null ? null : emulator.store.accounts.get(account_id)?.domain,
      ]);
      expect(new Map(held as [number, string | null][])).toEqual(linked);
      const made = [...emulator.store.accounts.values()].map(({ domain }) => domain);
      expect(made).toHaveLength(new Set(made).size);
    }
  } finally {
    await emulator.close();
  }
}

sweep(
  'each contact comes to the account of its domain, whatever fails, and no domain has two accounts',
  { few: 1, some: 30, many: 300 },
  (numRuns) => fc.assert(fc.asyncProperty(world, play), { numRuns, endOnFailure: isNightly }),
);
