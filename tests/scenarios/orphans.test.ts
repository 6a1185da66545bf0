import { expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { startApollo } from '../support/emulator.ts';
import { deliverRows } from '../support/run.ts';

// A record that is known by a CRM id alone is created nameless: nothing in the answer ties it to its row.

/** An Apollo that, after its first bulk_create, answers the next one as if it had matched one of the contacts it made. */
async function mistaken(which: (apollo: Emulator) => string, trouble: Parameters<Emulator['addTrouble']>[0] = []) {
  let isDone = false;
  const apollo = await startApollo({
    trouble,
    onApplied: () => {
      if (isDone) return;
      isDone = true;
      const body = { created_contacts: [], existing_contacts: [{ id: which(apollo), email: null }] };
      apollo.addTrouble([
        { match: { path: 'contacts/bulk_create', nth: 1 }, fault: { kind: 'status', status: 200, body } },
      ]);
    },
  });
  return apollo;
}

const idOfHubspot = (id: string) => (apollo: Emulator) => apollo.store.contacts.byCrmId(id)[0]!.id;
const config = { concurrency: 1 };

test('created records that show none of their keys count as created, once each of them was found alone', async () => {
  const apollo = await startApollo();
  const rows = [1, 2, 3].map((n) => ({ hubspot_id: `${n}`, title: 'CTO' }));
  const { outcomes, calls } = await deliverRows({ apollo, rows, config });
  expect(outcomes).toEqual(['created', 'created', 'created']);
  expect(calls).toEqual({ 'POST contacts/bulk_create': 4 });
  expect(apollo.store.contacts.size).toBe(3);
});

test('a record that the request created for another row answers for no other', async () => {
  const where = { field: 'hubspot_id', equals: '17' };
  const omit = { match: { path: 'contacts/bulk_create', nth: 1 }, fault: { kind: 'omit', where } } as const;
  const apollo = await mistaken(({ store }) => store.contacts.byEmail('ann@acme.example')[0]!.id, [omit]);
  const rows = [
    { email: 'ann@acme.example', hubspot_id: null, mobile_phone: null },
    { email: null, hubspot_id: '17', mobile_phone: '+1 202 555 0101' },
  ];
  const { outcomes } = await deliverRows({ apollo, rows, config });
  expect(outcomes).toEqual(['created', 'rejected match_conflict']);
  expect(apollo.store.contacts.byEmail('ann@acme.example')[0]!.phone_numbers).toEqual([]);
});

test('nor is one of another request', async () => {
  const apollo = await mistaken(idOfHubspot('1'));
  const rows = [
    { email: null, hubspot_id: '1', mobile_phone: null, lists: ['A'] },
    { email: null, hubspot_id: '2', mobile_phone: null, lists: ['A'] },
    { email: 'bo@bolt.example', hubspot_id: null, mobile_phone: '+1 202 555 0101', lists: ['B'] },
  ];
  const { outcomes } = await deliverRows({ apollo, rows, config });
  expect(outcomes).toEqual(['created', 'created', 'rejected match_conflict']);
  expect([...apollo.store.contacts.values()].flatMap(({ phone_numbers }) => phone_numbers)).toEqual([]);
});
