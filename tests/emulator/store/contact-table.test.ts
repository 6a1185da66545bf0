import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultQuirks } from '../../../emulator/calls/quirks.ts';
import { ContactTable } from '../../../emulator/store/contact-table.ts';
import { companyHashes, emailKey, isEmail } from '../../../emulator/store/match-keys.ts';
import { matchContact } from '../../../emulator/store/matching.ts';
import type { Contact } from '../../../emulator/store/records.ts';
import type { Store } from '../../../emulator/store/store.ts';
import { runs } from '../../support/runs.ts';
import { bench, people } from '../client.ts';

function contact(id: number, attributes: Partial<Contact> = {}): Contact {
  return {
    id: id.toString(16).padStart(24, '0'),
    first_name: null,
    last_name: null,
    email: null,
    title: null,
    organization_name: null,
    organization_id: null,
    account_id: null,
    owner_id: null,
    contact_stage_id: null,
    label_ids: [],
    contact_emails: [],
    phone_numbers: [],
    typed_custom_fields: {},
    extra: {},
    source: 'api',
    state: 'live',
    createdAtMs: id,
    updatedAtMs: id,
    ...attributes,
  };
}

function match(table: ContactTable, sent: Partial<Contact>) {
  const keys = { ...contact(0), id: null, ...sent };
  return matchContact({ contacts: table } as unknown as Store, defaultQuirks, { ...keys, id: null }, () => true);
}

const names = fc.constantFrom('Ann', 'ANN', 'Bo', 'Cy', null);
const companies = fc.constantFrom('Acme', 'acme ', 'Beta', null);
const emails = fc.constantFrom('a@acme.example', 'A+x@acme.example', 'b@beta.example', 'c@gmail.com', null);
const persons = fc.record({ first_name: names, last_name: names, organization_name: companies, email: emails });

// What the rules say, without any index: the oldest with the same e-mail, else the oldest of that name and company.
function expected(
  stored: readonly Contact[],
  sent: Pick<Contact, 'first_name' | 'last_name' | 'organization_name' | 'email'>,
) {
  const byEmail = stored.filter((each) => sent.email && each.email && emailKey(each.email) === emailKey(sent.email));
  if (byEmail.length > 0) return byEmail[0];
  const lower = (text: string | null) => text?.trim().toLowerCase() ?? null;
  const domain = (email: string | null) => lower(email)?.split('@')[1] ?? null;
  if (!sent.first_name || !sent.last_name) return undefined;
  return stored.find((each) => {
    if (lower(each.first_name) !== lower(sent.first_name) || lower(each.last_name) !== lower(sent.last_name))
      return false;
    const sameDomain =
      domain(sent.email) !== null && domain(sent.email) !== 'gmail.com' && domain(each.email) === domain(sent.email);
    return (
      sameDomain ||
      (lower(sent.organization_name) !== null && lower(each.organization_name) === lower(sent.organization_name))
    );
  });
}

test('indexed matching finds what a plain comparison of everybody finds, also after changes', () => {
  fc.assert(
    fc.property(
      fc.array(persons, { maxLength: 12 }),
      fc.array(persons, { maxLength: 12 }),
      persons,
      (first, then, sent) => {
        const table = new ContactTable();
        const stored = first.map((person, i) => contact(i + 1, person));
        for (const each of stored) table.add(each);
        for (const [i, changes] of then.entries()) {
          const target = stored[i];
          if (target !== undefined) table.change(target, changes);
        }
        expect(match(table, sent)?.contact.id).toBe(expected(stored, sent)?.id);
      },
    ),
    { numRuns: runs(150) },
  );
});

test('two names that fall on one hash are not taken for one another', () => {
  const [one, other] = collidingNames();
  const table = new ContactTable();
  table.add(contact(1, { first_name: 'A', last_name: one, organization_name: 'Acme' }));
  expect(match(table, { first_name: 'A', last_name: other, organization_name: 'Acme' })).toBeNull();
  expect(match(table, { first_name: 'A', last_name: one, organization_name: 'Acme' })?.reason).toBe('name_and_company');
});

// Among 400,000 names in 30 bits some 75 pairs collide.
function collidingNames(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; i < 400_000; i++) {
    const last = `n${i}`;
    const person = { name: `a ${last}`, domains: [], organizationId: null, organizationName: 'acme' };
    const [hash = 0] = companyHashes(person);
    const found = seen.get(hash);
    if (found !== undefined) return [found, last];
    seen.set(hash, last);
  }
  throw new Error('no collision');
}

test('a deleted contact matches nothing', () => {
  const table = new ContactTable();
  table.add(contact(1, { email: 'a@acme.example', state: 'deleted' }));
  expect(match(table, { email: 'a@acme.example' })).toBeNull();
});

test('contacts of an account are counted through moves', () => {
  const table = new ContactTable();
  const moved = contact(1, { account_id: 'x' });
  table.add(moved);
  table.add(contact(2, { account_id: 'x' }));
  table.change(moved, { account_id: 'y' });
  expect([table.countOfAccount('x'), table.countOfAccount('y'), table.countOfAccount('z')]).toEqual([1, 1, 0]);
});

test.each([
  ['a@b.example', true],
  ['a b@c.example', false],
  ['a@b', false],
  ['@b.example', false],
  ['a@@b.example', false],
])('%s is an address: %s', (text, expectation) => {
  expect(isEmail(text)).toBe(expectation);
});

/** Counts the contacts that a table hands out from now on. */
function handedOut(table: ContactTable): () => number {
  let count = 0;
  for (const name of ['byEmail', 'likeEmail', 'byCrmId', 'byPerson', 'byCompanyHash'] as const) {
    const find = table[name].bind(table) as (key: never) => Contact[];
    table[name] = (key: never) => {
      const found = find(key);
      count += found.length;
      return found;
    };
  }
  const all = table.values.bind(table);
  table.values = function* () {
    for (const one of all()) {
      count += 1;
      yield one;
    }
  };
  return () => count;
}

test('a bulk_create looks at no more contacts in a workspace twenty times as large', async () => {
  const { emulator, post } = await bench({ plan: 'unlimited' });
  let made = 0;
  const next = (count: number) => people(count, `company${++made}.example`);
  const count = handedOut(emulator.store.contacts);
  const lookedAt = async () => {
    const before = count();
    const { json } = await post('contacts/bulk_create', {
      contacts: next(100),
      run_dedupe: true,
      append_label_names: ['L'],
    });
    expect(json.created_contacts).toHaveLength(100);
    return count() - before;
  };
  emulator.seed({ contacts: next(100) });
  const small = await lookedAt();
  while (emulator.store.contacts.size < 2000) emulator.seed({ contacts: next(100) });
  expect(await lookedAt()).toBe(small);
});
