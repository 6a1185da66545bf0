import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { deliverRows } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { people } from './scenario.ts';

const map = (...names: string[]) => names.map((name) => ({ to: name, from: name }));

/** 40 users, the first with few contacts and the last with many: 1, 4, 7, … */
const users = Array.from({ length: 40 }, (_, i) => ({
  id: `b0${String(i).padStart(22, '0')}`,
  email: `user${i}@team.example`,
}));
const shares = users.map((_, i) => 1 + 3 * i);

/** Rows of all owners, mixed as a warehouse has them. */
function rowsOfOwners() {
  const owners = users.flatMap(({ email }, i) => Array<string>(shares[i]!).fill(email));
  const mixed = owners.map((owner, i) => ({ owner, at: (i * 7919) % owners.length })).sort((a, b) => a.at - b.at);
  return people(owners.length, (i) => ({ owner: mixed[i]!.owner }));
}

describe('requests are as full as can be', () => {
  test(
    'contacts of 40 owners: one owner a request, but for the rests that are given theirs afterwards',
    slow,
    async () => {
      const apollo = await startApollo({ data: { users } });
      const rows = rowsOfOwners();
      const stream = { mapping: [...map('email', 'first_name', 'last_name'), { to: 'owner_id', from: 'owner' }] };
      const { outcomes, calls } = await deliverRows({ apollo, rows, stream });
      expect(new Set(outcomes)).toEqual(new Set(['created']));
      // 7 full ones, 18 of the larger rests, and 4 for the 393 contacts of the other 21 owners; without the pool 46.
      expect(calls).toEqual({
        'GET users/search': 1,
        'POST contacts/bulk_create': 29,
        'POST contacts/bulk_update': 4,
      });
      const owners = new Map([...apollo.store.contacts.values()].map(({ email, owner_id }) => [email, owner_id]));
      const wanted = new Map(rows.map(({ email, owner }) => [email, users.find((user) => user.email === owner)!.id]));
      expect(owners).toEqual(wanted);
    },
  );

  test('existing contacts of 40 owners go by bulk_update, whoever owns them', slow, async () => {
    const rows = rowsOfOwners();
    const apollo = await startApollo({ data: { users, contacts: rows.map(({ owner, ...contact }) => contact) } });
    const stream = { mapping: [...map('email', 'first_name', 'last_name'), { to: 'owner_id', from: 'owner' }] };
    const { outcomes, calls } = await deliverRows({ apollo, rows, stream });
    expect(new Set(outcomes)).toEqual(new Set(['updated']));
    expect(calls['POST contacts/bulk_update']).toBe(Math.ceil(rows.length / 100));
    expect(calls['PATCH contacts/{id}']).toBeUndefined();
  });

  test('new and existing contacts share requests, and lists of existing ones take 500 at a time', async () => {
    const rows = people(1234);
    const apollo = await startApollo({ data: { contacts: rows.filter((_, i) => i % 2 === 0) } });
    const { outcomes, calls } = await deliverRows({ apollo, rows, stream: { lists: ['Warehouse sync'] } });
    expect(outcomes).toEqual(rows.map((_, i) => (i % 2 === 0 ? 'updated' : 'created')));
    expect(calls).toEqual({
      'POST contacts/bulk_create': 13,
      'POST labels/add_entity_ids_to_label_names': 2,
    });
    expect(apollo.store.labels.members('Warehouse sync', 'contacts').size).toBe(1234);
    const sizes = apollo.requests.entries.filter(({ action }) => action === 'contacts/bulk_create');
    expect(sizes.map(({ records }) => records).sort((a, b) => a - b)).toEqual([34, ...Array(12).fill(100)]);
  });

  test('a crowd of one name in one company does not keep the others from full requests', async () => {
    const crowd = Array.from({ length: 30 }, (_, i) => ({
      email: `john${i}@acme.example`,
      first_name: 'John',
      last_name: 'Doe',
    }));
    const others = people(970);
    const rows = others.flatMap((row, i) => (i % 32 === 0 && crowd[i / 32] ? [row, crowd[i / 32]!] : [row]));
    const apollo = await startApollo();
    const { calls } = await deliverRows({ apollo, rows });
    // No two of the 30 may share a request, so 30 is the least.
    expect(calls['POST contacts/bulk_create']).toBe(30);
  });

  test('a request says nothing of what a row leaves blank, even where blanks are to clear', async () => {
    const apollo = await startApollo();
    const rows = [{ email: 'a@b.example', title: null, mobile_phone: null }];
    await deliverRows({ apollo, rows, stream: { nulls: 'clear' } });
    expect(apollo.requests.entries.map(({ body }) => body)).toEqual([
      { run_dedupe: true, contacts: [{ email: 'a@b.example' }] },
    ]);
  });

  test('a request never carries more bytes than the endpoint is known to take', async () => {
    const apollo = await startApollo();
    const rows = people(60, () => ({ title: 'x'.repeat(150_000) }));
    const { outcomes, calls } = await deliverRows({ apollo, rows });
    expect(new Set(outcomes)).toEqual(new Set(['created']));
    expect(calls).toEqual({ 'POST contacts/bulk_create': 3 });
  });
});
