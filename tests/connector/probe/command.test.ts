import fc from 'fast-check';
import { expect, test } from 'vitest';
import { probes } from '../../../connector/probe/probes.ts';
import { allQuestions } from '../../../connector/probe/questions/all-questions.ts';
import type { Quirks } from '../../../emulator/calls/quirks.ts';
import { profiled, profiledFacts } from '../../../emulator/server/profile.ts';
import { different, found, killed, type Place, place, probed, undecided } from './probing.ts';

const most = (of: 'contacts' | 'accounts') => allQuestions.reduce((sum, { makes }) => sum + (makes?.[of] ?? 0), 0);

const literal = (text: string): string => text.replace(/[{}()[\]/.*+?]/g, '\\$&');

const stored = ({ emulator }: Place) => {
  const { contacts, accounts } = emulator.store;
  return { contacts: contacts.size, accounts: accounts.size };
};

test('without --yes the plan is printed, and nothing is sent', async () => {
  const here = await place();
  const { exit, text } = await probed(here, { yes: false });
  expect(exit).toBe(0);
  for (const { endpoint, says } of allQuestions)
    expect(text).toMatch(new RegExp(`${literal(endpoint.display)} +${literal(says)}`));
  expect(here.emulator.requests.total).toBe(0);
});

test('an emulator as it is when nothing is set does all that is assumed', async () => {
  const here = await place();
  const { exit, facts } = await probed(here);
  expect({ exit, different: different(facts), undecided: undecided(facts) }).toEqual({
    exit: 0,
    different: [],
    undecided: NEVER_SEEN,
  });
});

/** What no workspace shows without something that the probe does not do. */
const NEVER_SEEN: readonly string[] = [];

/** Each quirk, and the fact that is about it. */
const QUIRKS: readonly (readonly [quirks: Partial<Quirks>, fact: string])[] = [
  [{ order: 'sent' }, 'bulk_order'],
  [{ incompleteAnswers: true }, 'bulk_completeness'],
  [{ nullsInLists: true }, 'bulk_nulls'],
  [{ bulkMatches: 'overwritten' }, 'bulk_matches'],
  [{ repeatedExisting: 'once' }, 'repeated_existing'],
  [{ withinBatch: 'both' }, 'within_batch'],
  [{ slimExisting: 'schema' }, 'slim_existing'],
  [{ unauthorizedBody: 'old-text' }, 'wrong_key'],
  [{ unauthorizedBody: 'new-text' }, 'wrong_key'],
  [{ profileTeamId: 'absent' }, 'profile_team'],
];

test.each(QUIRKS)(
  '%j is found by its probe and by no other, and an emulator with that profile does the same',
  async (quirks, fact) => {
    const here = await place({ quirks });
    const { exit, facts, text } = await probed(here);
    expect(different(facts)).toEqual([fact]);
    const probe = probes.find((one) => one.fact === fact)!;
    expect(exit).toBe(probe.dependsOn === undefined ? 0 : 3);
    expect(text).toContain(probe.otherwise);
    if (profiledFacts.includes(fact)) expect(profiled(facts).quirks).toMatchObject(quirks);
  },
);

test('a profile makes an emulator that a second probe cannot tell from the first', async () => {
  const some = fc.uniqueArray(fc.constantFrom(...QUIRKS), {
    minLength: 3,
    maxLength: 12,
    selector: ([, fact]) => fact,
  });
  await fc.assert(
    fc.asyncProperty(some, async (chosen) => {
      const quirks = Object.assign({}, ...chosen.map(([changes]) => changes)) as Partial<Quirks>;
      const first = await probed(await place({ quirks, plan: 'basic' }));
      const second = await probed(await place(profiled(first.facts)));
      expect(found(second.facts)).toEqual(found(first.facts));
      expect(second.facts.limits).toEqual(first.facts.limits);
    }),
    { numRuns: 5 },
  );
});

test.each(['before', 'after'] as const)(
  'killed %s each request is done, a run is taken up and makes no more than it said',
  async (when) => {
    const calm = await probed(await place());
    for (const odd of [0, 1]) {
      const here = await place();
      // Each run gets as far as the request that killed the last one, and one further.
      if (odd === 1) await killed(here, 1, when);
      for (let runs = 0; !(await killed(here, 3, when)); runs++) expect(runs).toBeLessThan(100);
      const { facts } = await probed(here);
      const once = new Set(['within_batch']);
      const without = (facts: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(facts).filter(([name]) => !once.has(name)));
      expect(without(found(facts))).toEqual(without(found(calm.facts)));
      expect(stored(here).contacts).toBeLessThanOrEqual(most('contacts'));
      expect(stored(here).accounts).toBeLessThanOrEqual(most('accounts'));
    }
  },
);

test('no plan adds more than 15 contacts and 8 accounts, or takes more than 120 requests', () => {
  expect(most('contacts')).toBeLessThanOrEqual(15);
  expect(most('accounts')).toBeLessThanOrEqual(8);
  expect(allQuestions.length).toBeLessThanOrEqual(120);
});

test('a second run uses the records of the first', async () => {
  const here = await place();
  const first = await probed(here);
  const before = stored(here);
  const second = await probed(here);
  expect(stored(here)).toEqual(before);
  expect(found(second.facts)).toEqual(found(first.facts));
});
