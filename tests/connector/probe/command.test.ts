import fc from 'fast-check';
import { expect, test } from 'vitest';
import { probes } from '../../../connector/probe/probes.ts';
import { mostMade } from '../../../connector/probe/question.ts';
import { allQuestions } from '../../../connector/probe/questions/all-questions.ts';
import type { Quirks } from '../../../emulator/calls/quirks.ts';
import { profiled, profiledFacts } from '../../../emulator/server/profile.ts';
import { different, found, killed, type Place, place, probed, undecided } from './probing.ts';

const most = (of: 'contacts' | 'accounts') => mostMade(allQuestions, of);

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

/** What an emulator does not show without something that a probe does not do, or was not asked to do. */
const NEVER_SEEN = ['missing_scope', 'headers_on_429', 'new_field_id', 'field_lag', 'duplicate_label', 'free_domains'];

/** Each quirk, and the fact that is about it. */
const QUIRKS: readonly (readonly [quirks: Partial<Quirks>, fact: string])[] = [
  [{ order: 'sent' }, 'bulk_order'],
  [{ incompleteAnswers: true }, 'bulk_completeness'],
  [{ nullsInLists: true }, 'bulk_nulls'],
  [{ bulkMatches: 'overwritten' }, 'bulk_matches'],
  [{ repeatedExisting: 'once' }, 'repeated_existing'],
  [{ withinBatch: 'both' }, 'within_batch'],
  [{ withoutDedupe: 'finds' }, 'without_dedupe'],
  [{ slimExisting: 'schema' }, 'slim_existing'],
  [{ partialCreateOn422: true }, 'partial_create'],
  [{ droppedAddresses: ['@apollo-probe.example.com'] }, 'dropped_address'],
  [{ invalidEmail: '422' }, 'invalid_address'],
  [{ maxContacts: 6 }, 'room'],
  [{ unmatched: ['name'] }, 'match_name'],
  [{ unmatched: ['capitals'] }, 'match_capitals'],
  [{ plusAddressing: false }, 'match_plus'],
  [{ unmatched: ['further-address'] }, 'match_further'],
  [{ punycode: 'same' }, 'match_punycode'],
  [{ unmatched: ['crm-id'] }, 'match_crm'],
  [{ unmatched: ['account-name'] }, 'account_match_name'],
  [{ unmatched: ['account-domain'] }, 'account_match_domain'],
  [{ unmatched: ['account-crm-id'] }, 'account_match_crm'],
  [{ searchLagMs: 1000 }, 'search_lag'],
  [{ searchLagMs: 6000 }, 'search_lag'],
  [{ searchLagMs: 600_000 }, 'search_lag'],
  [{ perPageAbove100: '422' }, 'search_wide'],
  [{ beyondLastPage: '422' }, 'search_beyond'],
  [{ searchSorts: 'ignored' }, 'search_sorting'],
  [{ updateVerb: 'put-only-404' }, 'update_verb'],
  [{ updateVerb: 'put-only-405' }, 'update_verb'],
  [{ untaken: ['contacts/update title'] }, 'untaken_patch'],
  [{ untaken: ['contacts/update direct_phone', 'contacts/update label_names'] }, 'untaken_patch'],
  [{ untaken: ['contacts/bulk_update linkedin_url', 'contacts/bulk_update owner_id'] }, 'untaken_bulk_update'],
  [{ untaken: ['contacts/bulk_create phone'] }, 'untaken_create'],
  [{ untaken: ['contacts/update_stages contact_stage_id'] }, 'untaken_stages'],
  [{ untaken: ['contacts/update_owners owner_id'] }, 'untaken_owners'],
  [{ untaken: ['accounts/update phone'] }, 'untaken_account_patch'],
  [{ untaken: ['accounts/bulk_update account_stage_id'] }, 'untaken_account_bulk_update'],
  [{ staleAnswers: ['contacts/update'] }, 'stale_answers'],
  [{ staleAnswers: ['accounts/bulk_update', 'contacts/bulk_update'] }, 'stale_answers'],
  [{ bulkUpdateHonours: ['labels', 'phones', 'stage'] }, 'bulk_update_honours'],
  [{ bulkUpdateHonours: ['stage'] }, 'bulk_update_honours'],
  [{ patchOwner: 'taken' }, 'patch_owner'],
  [{ absentIds: '422' }, 'absent_ids'],
  [{ absentInStages: '422' }, 'absent_in_stages'],
  [{ unknownContact: '404' }, 'unknown_contact'],
  [{ partialOn422: true }, 'partial_update'],
  [{ validationNames: 'nothing' }, 'validation_names'],
  [{ refusedIds: 'other-team' }, 'refused_id'],
  [{ refusedIds: 'unnamed' }, 'refused_id'],
  [{ unknownReferences: '422' }, 'unknown_reference'],
  [{ dedupeResult: true }, 'dedupe_result'],
  [{ asyncDelayMs: 7000 }, 'job'],
  [{ takenEmail: '422' }, 'taken_address'],
  [{ takenEmail: 'kept' }, 'taken_address'],
  [{ takenEmail: 'merged' }, 'taken_address'],
  [{ nullValues: 'clear' }, 'null_values'],
  [{ emptyValues: 'ignored' }, 'empty_values'],
  [{ nativeCustomValues: 'ignored' }, 'native_values'],
  [{ customFieldErrors: 'reported' }, 'misfit'],
  [{ customFieldErrors: 'array' }, 'misfit'],
  [{ customFieldErrors: 'string' }, 'misfit'],
  [{ customFieldErrors: 'nested' }, 'misfit'],
  [{ picklistNames: 'resolved' }, 'option_name'],
  [{ datetimes: 'utc' }, 'moment'],
  [{ longTexts: 'cut' }, 'long_text'],
  [{ longTexts: '422' }, 'long_text'],
  [{ textSpelling: 'spaces' }, 'spelling'],
  [{ textSpelling: 'title-case' }, 'spelling'],
  [{ listChanges: 'no-labels' }, 'list_changes'],
  [{ listChanges: 'other-labels' }, 'list_changes'],
  [{ listChanges: 'other-message' }, 'list_changes'],
  [{ listChanges: 'failed-job' }, 'list_changes'],
  [{ listChanges: 'claimed' }, 'list_changes'],
  [{ appendLabelsToExisting: true }, 'append_to_existing'],
  [{ unauthorizedBody: 'old-text' }, 'wrong_key'],
  [{ unauthorizedBody: 'new-text' }, 'wrong_key'],
  [{ profileTeamId: 'absent' }, 'profile_team'],
  [{ labelsBody: 'object' }, 'labels_body'],
  [{ usageStats: 'all' }, 'usage_stats'],
  [{ fieldsShowOptions: true }, 'field_options'],
  [{ withoutHeaders: ['422'] }, 'headers_on_422'],
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
      const once = new Set(['within_batch', 'without_dedupe', 'partial_create', 'dedupe_result']);
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
