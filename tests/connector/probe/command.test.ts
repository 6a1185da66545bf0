import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FactsFile } from '../../../connector/probe/facts.ts';
import { allProbes } from '../../../connector/probe/probes/all-probes.ts';
import { mostMade } from '../../../connector/probe/question.ts';
import { allQuestions } from '../../../connector/probe/questions/all-questions.ts';
import type { Quirks } from '../../../emulator/calls/quirks.ts';
import { profiled } from '../../../emulator/server/profile.ts';
import { isNightly, runs } from '../../support/runs.ts';
import { different, found, killed, type Place, place, probed, undecided } from './probing.ts';
import { QUIRKS } from './quirks.ts';

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
  expect(facts.requests).toBeLessThan(110);
  expect({ exit, different: different(facts), undecided: undecided(facts) }).toEqual({
    exit: 0,
    different: [],
    undecided: NEVER_SEEN,
  });
});

/** What an emulator does not show without something that a probe does not do, or was not asked to do. */
const NEVER_SEEN = ['missing_scope', 'headers_on_429', 'new_field_id', 'field_lag', 'duplicate_label', 'free_domains'];

/** What an emulator with these quirks does is found by the probes of these facts, and by no other. */
async function finds(quirks: Partial<Quirks>, facts: readonly string[]): Promise<void> {
  const { exit, facts: file, text } = await probed(await place({ quirks }));
  expect(different(file)).toEqual(facts);
  const found = allProbes.filter(({ fact }) => facts.includes(fact));
  expect(exit).toBe(found.some(({ dependsOn }) => dependsOn !== undefined) ? 3 : 0);
  for (const { otherwise } of found) expect(text).toContain(otherwise);
  expect(profiled(file).quirks).toMatchObject(quirks);
}

// One in so many; `RUNS` takes all of them.
const SHARE = Math.max(1, Math.round(QUIRKS.length / runs(4, QUIRKS.length)));
const some = QUIRKS.filter((_, i) => i % SHARE === 3 % SHARE);

test.each(some)(
  '%j is found by its probe and by no other, and an emulator with that profile does the same',
  (quirks, fact) => finds(quirks, [fact]),
);

test('a profile makes an emulator that a second probe cannot tell from the first', async () => {
  const dozen = fc.uniqueArray(fc.constantFrom(...QUIRKS), {
    minLength: 3,
    maxLength: 12,
    selector: ([, fact]) => fact,
  });
  await fc.assert(
    fc.asyncProperty(dozen, async (chosen) => {
      const quirks = Object.assign({}, ...chosen.map(([changes]) => changes)) as Partial<Quirks>;
      const first = await probed(await place({ quirks, plan: 'basic' }));
      const second = await probed(await place(profiled(first.facts)));
      expect(found(second.facts)).toEqual(found(first.facts));
      expect(second.facts.limits).toEqual(first.facts.limits);
    }),
    { numRuns: runs(1, 300) },
  );
});

// Each fourteenth request of a run kills it; the offset says which of them.
test.each(offsets())(
  'killed $when each fourteenth request is done ($offset), a run is taken up and makes no more than it said',
  async ({ when, offset }) => {
    const calm = await probed(await place());
    const here = await place();
    let isOver = await killed(here, offset, when);
    for (let runs = 0; !isOver; runs++) {
      expect(runs).toBeLessThan(20);
      isOver = await killed(here, 14, when);
    }
    const { facts } = JSON.parse(readFileSync(here.out, 'utf8')) as FactsFile;
    // What was lost is left open, and never guessed.
    expect(found(calm.facts)).toMatchObject(found({ ...calm.facts, facts }));
    expect(Object.keys(found({ ...calm.facts, facts })).length).toBeGreaterThan(40);
    expect(stored(here).contacts).toBeLessThanOrEqual(most('contacts'));
    expect(stored(here).accounts).toBeLessThanOrEqual(most('accounts'));
    expect(here.emulator.requests.total).toBeLessThanOrEqual(120);
  },
);

function offsets() {
  const all = Array.from({ length: 14 }, (_, i) => i + 1).flatMap((offset) => [
    { offset, when: 'before' as const },
    { offset, when: 'after' as const },
  ]);
  return all.filter((_, i) => isNightly || i === 13);
}

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

test('custom fields are made only where that was asked for, and shown as they are answered', async () => {
  const quirks: Partial<Quirks> = { createdFieldId: 'uuid', newFieldLagMs: 9000, duplicateLabels: '422' };
  const here = await place({ quirks });
  const fields = here.emulator.store.fields.size;
  const { facts } = await probed(here, { withFields: true });
  expect(different(facts)).toEqual(['new_field_id', 'field_lag', 'duplicate_label']);
  expect(profiled(facts).quirks).toMatchObject(quirks);
  expect(here.emulator.store.fields.size).toBe(fields + 1);
  await probed(here, { withFields: true });
  expect(here.emulator.store.fields.size).toBe(fields + 1);
});

test('an emulator that refuses what is not documented, or has other words for a missing scope, is understood', async () => {
  const strict = await probed(await place({ strict: true }));
  expect({ exit: strict.exit, different: different(strict.facts) }).toEqual({ exit: 0, different: [] });
  const keys = [{ key: 'narrow', scopes: ['api/v1/users/api_profile'] }];
  const old = await probed(await place({ keys, quirks: { forbiddenBody: 'old' } }), { key: 'narrow' });
  expect(different(old.facts)).toEqual(['missing_scope']);
});

test('addresses at a consumer mail host are made only where one was named', async () => {
  for (const [freeDomainsMatch, fact] of [
    [false, { verdict: 'confirmed', found: 'no' }],
    [true, { verdict: 'different', found: 'yes' }],
  ] as const) {
    const here = await place({ quirks: { freeDomainsMatch } });
    const { facts } = await probed(here, { freeMail: 'gmail.com' });
    expect(facts.facts['free_domains']).toMatchObject(fact);
    expect(different(facts)).toEqual(freeDomainsMatch ? ['free_domains'] : []);
    expect(profiled(facts).quirks).toMatchObject({ freeDomainsMatch });
    // Its own address is given back.
    expect(here.emulator.store.contacts.byEmail('fay@apollo-probe.example.com')).toHaveLength(1);
  }
});

test('a contact that is shown under the id of another is noticed, and nothing follows from it', async () => {
  const first = await place();
  await probed(first);
  const id = (who: string) => first.emulator.store.contacts.byEmail(`${who}@apollo-probe.example.com`)[0]!.id;
  const second = await probed(await place({ quirks: { mergedContacts: { [id('bob')]: id('cyd') } } }));
  expect(different(second.facts)).toEqual(['shown_id']);
});

test('a journal is not gone on with in another workspace, and a key that is refused at the start writes nothing', async () => {
  const first = await place();
  await probed(first);
  const port = Number(new URL(first.emulator.url).port);
  await first.emulator.close();
  const second = await place({ port, teamId: '5f00000000000000000000aa' });
  await expect(probed({ ...second, out: first.out })).rejects.toMatchObject({ code: 'journal_of_another' });
  expect(stored(second)).toEqual({ contacts: 0, accounts: 0 });
  await expect(probed(second, { key: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
  await probed(second);
  // An outage at the start is not another workspace.
  second.emulator.addTrouble([{ match: { path: 'users/api_profile' }, fault: { kind: 'status', status: 503 } }]);
  const { exit, text } = await probed(second);
  expect({ exit, text }).toEqual({ exit: 75, text: expect.stringContaining('Apollo did not answer as it should') });
});

test('a probe stops at the first answer that shows a record of somebody else, and does not go on later', async () => {
  const theirs = { first_name: 'Cyd', last_name: 'Apollo Probe Cyd', organization_name: 'Apollo Probe Cyd Company' };
  const here = await place({ data: { contacts: [{ ...theirs, email: 'cyd@acme.example', title: 'Theirs' }] } });
  const { exit, text } = await probed(here);
  expect(exit).toBe(1);
  expect(text).toContain('it found a record that is not of the probe');
  const sent = here.emulator.requests.total;
  expect((await probed(here)).exit).toBe(1);
  // It asks whose key it has, and nothing else.
  expect(here.emulator.requests.total).toBe(sent + 1);
  const [contact] = here.emulator.store.contacts.byEmail('cyd@acme.example');
  expect(contact).toMatchObject({ ...theirs, title: 'Theirs', label_ids: [] });
});

test('a workspace with more than 5,000 contacts, or without the stage that was named, is refused before anything is written', async () => {
  const contacts = Array.from({ length: 5001 }, (_, i) => ({ email: `c${i}@acme.example` }));
  const large = await place({ data: { contacts } });
  await expect(probed(large)).rejects.toMatchObject({ code: 'workspace_refused' });
  expect(stored(large)).toEqual({ contacts: 5001, accounts: 0 });
  expect((await probed(large, { onLiveWorkspace: true })).exit).toBe(0);
  const other = await place();
  await expect(probed(other, { stage: 'No such stage' })).rejects.toMatchObject({ code: 'workspace_refused' });
  expect(stored(other)).toEqual({ contacts: 0, accounts: 0 });
});

test('everything it made is on its list, and its contacts in the stage that was named', async () => {
  const here = await place();
  const { name, id } = [...here.emulator.store.contactStages.values()].at(-1)!;
  await probed(here, { stage: name });
  const { contacts, accounts, labels } = here.emulator.store;
  const live = [...contacts.values()];
  expect(live.map(({ contact_stage_id }) => contact_stage_id)).toEqual(live.map(() => id));
  expect([...labels.members('Apollo Probe', 'contacts')].toSorted()).toEqual(live.map((one) => one.id).toSorted());
  expect(labels.members('Apollo Probe', 'accounts').size).toBe(accounts.size);
});

test('what a key may not do, or a Free plan does not have, is left open with the reason; a quota that ends is waited for by the next run', async () => {
  const reads = ['users/api_profile', 'contact_stages/index', 'contacts/bulk_create', 'contacts/show', 'labels/index'];
  const scoped = await place({ keys: [{ key: 'narrow', scopes: reads.map((action) => `api/v1/${action}`) }] });
  const narrow = await probed(scoped, { key: 'narrow' });
  expect({ exit: narrow.exit, different: different(narrow.facts) }).toEqual({ exit: 0, different: [] });
  expect(narrow.facts.facts['update_verb']).toMatchObject({
    verdict: 'not decided',
    why: 'PATCH contacts/{id}: the key, or the plan, does not allow it',
  });
  expect(narrow.facts.facts['missing_scope']).toMatchObject({ verdict: 'confirmed' });

  const free = await probed(await place({ plan: 'free' }));
  expect({ exit: free.exit, different: different(free.facts), plan: free.facts.plan }).toEqual({
    exit: 0,
    different: [],
    plan: 'free',
  });
  expect(undecided(free.facts)).toEqual(expect.arrayContaining(['search_lag', 'search_sorting', 'untaken_owners']));

  const limits = { 'contacts/show': { minute: null, hour: 16, day: null } };
  const scarce = await place({ limits });
  const first = await probed(scarce, { maxWaitSeconds: 0 });
  expect(first.exit).toBe(75);
  expect(first.text).toContain('No more requests to GET contacts/{id} for now.');
  let last = first;
  for (let hours = 0; last.exit === 75; hours++) {
    expect(hours).toBeLessThan(10);
    scarce.clock.advance(3_600_000);
    last = await probed(scarce, { maxWaitSeconds: 0 });
  }
  expect({ exit: last.exit, different: different(last.facts) }).toEqual({ exit: 3, different: ['limits'] });
  expect(stored(scarce).contacts).toBeLessThanOrEqual(most('contacts'));
});

test('nothing of a workspace is in what it writes', async () => {
  const canary = fc.stringMatching(/^[A-Z]{4}[a-z]{4}[0-9]{4}$/);
  await fc.assert(
    fc.asyncProperty(canary, fc.stringMatching(/^[0-9a-f]{24}$/), async (word, id) => {
      const owner = {
        id: '5f0000000000000000000001',
        first_name: word,
        last_name: word,
        email: `${word}@canary.example`,
      };
      const here = await place({
        teamId: id,
        keys: [{ key: `key-${word}` }],
        data: {
          users: [owner],
          contact_stages: [{ name: word }],
          labels: [{ name: word, modality: 'contacts' }],
          fields: [{ label: word, modality: 'contact', type: 'picklist', options: [{ name: word }] }],
          accounts: [{ name: word, domain: `${word.toLowerCase()}.example` }],
          contacts: [{ email: `x@${word.toLowerCase()}.example`, first_name: word, title: word }],
        } as never,
        trouble: [
          {
            match: { path: 'users/search', nth: 1 },
            fault: { kind: 'status', status: 403, body: { error: word, [word]: word } },
          },
          {
            match: { path: 'contacts/update', nth: 2 },
            fault: { kind: 'status', status: 422, body: { error: `${word} ${id}` } },
          },
        ],
      });
      const { file, text } = await probed(here, { key: `key-${word}`, domain: `${word.toLowerCase()}-probe.example` });
      for (const written of [file, text]) {
        expect(written.toLowerCase()).not.toContain(word.toLowerCase());
        expect(written).not.toContain(id);
        expect(written).not.toMatch(/\b[0-9a-f]{24}\b/);
      }
    }),
    { numRuns: runs(1, 30) },
  );
});
