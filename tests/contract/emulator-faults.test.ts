import { describe, expect, test } from 'vitest';
import type { TroubleRule } from '../../emulator/server/trouble.ts';
import { bench, people } from '../emulator/client.ts';

const BULK = 'contacts/bulk_create';
const body = { contacts: people(3), run_dedupe: true };

function troubled(...rules: TroubleRule[]) {
  return bench({ trouble: rules });
}

describe('M30 faults', () => {
  test('M30 a 500 with the documented text, after the write', async () => {
    const { emulator, post } = await troubled({ match: { nth: 1 }, fault: { kind: 'applied-then-status' } });
    const { status, json } = await post(BULK, body);
    expect([status, json]).toEqual([500, { error: 'An error occurred while creating contacts. Please try again.' }]);
    expect(emulator.store.contacts.size).toBe(3);
    const again = await post(BULK, body);
    expect(again.json.existing_contacts).toHaveLength(3);
    const accounts = await troubled({ fault: { kind: 'status' } });
    const failed = await accounts.post('accounts/bulk_create', { accounts: [{ name: 'A' }] });
    expect(failed.json).toEqual({ error: 'An error occurred while creating accounts. Please try again.' });
    expect(accounts.emulator.store.accounts.size).toBe(0);
  });

  test.each([
    ['applied-then-drop', 3],
    ['drop', 0],
  ] as const)('M30 %s closes the connection with %i contacts written', async (kind, written) => {
    const { emulator, post } = await troubled({ match: { nth: 1 }, fault: { kind } });
    await expect(post(BULK, body)).rejects.toThrow('fetch failed');
    expect(emulator.store.contacts.size).toBe(written);
    expect(emulator.requests.counts).toEqual({ [BULK]: { dropped: 1 } });
  });

  test.each([502, 503, 520])('M30 a %i is a page of HTML, and nothing is written', async (status) => {
    const { emulator, post } = await troubled({ fault: { kind: 'status', status } });
    const answer = await post(BULK, body);
    expect([answer.status, answer.json, answer.headers.get('content-type')]).toEqual([
      status,
      undefined,
      'text/html; charset=utf-8',
    ]);
    expect(answer.text).toContain(`<title>${status}`);
    expect(emulator.store.contacts.size).toBe(0);
  });

  test.each([
    ['truncated', /^\{"created_contacts":\[/],
    ['empty', /^$/],
  ] as const)('M30 a 200 whose body is %s, after the write', async (kind, text) => {
    const { emulator, post } = await troubled({ fault: { kind } });
    const answer = await post(BULK, body);
    expect([answer.status, answer.json]).toEqual([200, undefined]);
    expect(answer.text).toMatch(text);
    expect(emulator.store.contacts.size).toBe(3);
  });

  test.each([
    ['nested', /^\{"data":\{"created_contacts"/],
    ['only-ids', /^\{"created_contacts":\[\{"id":"\w{24}"\},/],
    ['lists-as-objects', /^\{"created_contacts":\{"0":\{/],
    ['gzip', /^\{"created_contacts":\[\{/],
    ['no-content', /^$/],
  ] as const)('M30 an answer in the form %s, after the write', async (form, text) => {
    const { emulator, post } = await troubled({ fault: { kind: 'odd-form', form } });
    const answer = await post(BULK, body);
    expect(answer.status).toBe(form === 'no-content' ? 204 : 200);
    expect(answer.text).toMatch(text);
    expect(emulator.store.contacts.size).toBe(3);
  });

  test('M30 a 429 with retry-after as seconds or as a date', async () => {
    const { clock, post } = await troubled(
      { match: { nth: 1 }, fault: { kind: 'status', status: 429, retryAfterSeconds: 30 } },
      { match: { nth: 2 }, fault: { kind: 'status', status: 429, retryAfterSeconds: 30, retryAfterAs: 'date' } },
    );
    const first = await post(BULK, body);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '30']);
    expect(first.json.message).toContain('The maximum number of api calls allowed for api/v1/contacts/bulk_create is');
    const second = await post(BULK, body);
    expect(Date.parse(second.headers.get('retry-after') ?? '')).toBe(clock.now() + 30_000);
    expect((await post(BULK, body)).status).toBe(200);
  });

  test('M30 a slow answer waits on the clock of the emulator', async () => {
    const { clock, emulator, post } = await troubled({ fault: { kind: 'delay', ms: 5000, when: 'after' } });
    let done = false;
    const answer = post(BULK, body).then((value) => {
      done = true;
      return value;
    });
    while (emulator.store.contacts.size === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(4999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  test('M30 a key is revoked from a request on', async () => {
    const { post } = await troubled({ match: { nth: 2 }, fault: { kind: 'revoke-key' } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await post('contacts', { first_name: 'A' })).status);
    expect(statuses).toEqual([200, 401, 401]);
  });

  test('M30 hooks see a request before it is handled and after it is written, and hold the answer', async () => {
    const seen: string[] = [];
    let size = () => 0;
    const started = await bench({
      onRequest: ({ action }) => void seen.push(`request ${action} ${size()}`),
      onApplied: async ({ action }) => {
        await Promise.resolve();
        seen.push(`applied ${action} ${size()}`);
      },
    });
    size = () => started.emulator.store.contacts.size;
    await started.post('contacts', { first_name: 'A' });
    await started.post('contacts', { account_id: 'x' });
    await started.post('contacts/search', {});
    expect(seen).toEqual([
      'request contacts/create 0',
      'applied contacts/create 1',
      'request contacts/create 1',
      'request contacts/search 1',
    ]);
  });
});

describe('strict mode', () => {
  test.each([
    ['an unknown body key', 'POST', 'contacts', { emial: 'a@b.example' }, 'emial'],
    ['an unknown query key', 'POST', 'contacts?dry_run=1', {}, '?dry_run'],
    ['a wrong type', 'POST', 'contacts', { first_name: 7 }, 'first_name'],
    ['a null', 'POST', 'contacts', { title: null }, 'title'],
    ['lists in a bulk item', 'POST', BULK, { contacts: [{}, { label_names: ['A'] }] }, 'contacts[1].label_names'],
    ['an owner in a bulk item', 'POST', BULK, { contacts: [{ owner_id: 'x' }] }, 'contacts[0].owner_id'],
    ['an owner in an update', 'PATCH', 'contacts/x', { owner_id: 'x' }, 'owner_id'],
    ['LinkedIn in an update', 'PATCH', 'contacts/x', { linkedin_url: 'x' }, 'linkedin_url'],
    ['run_dedupe for accounts', 'POST', 'accounts', { name: 'A', run_dedupe: true }, 'run_dedupe'],
    [
      'a stage in bulk_update',
      'POST',
      'contacts/bulk_update',
      { contact_ids: ['x'], contact_stage_id: 'x' },
      'contact_stage_id',
    ],
    ['ids in the body', 'POST', 'contacts/update_stages', { contact_ids: ['x'] }, 'contact_ids'],
    ['an item that is no object', 'POST', BULK, { contacts: ['x'] }, 'contacts[0]'],
    [
      'an option that is no object',
      'PATCH',
      'fields',
      { fields: [{ meta: { picklist_values: ['x'] } }] },
      'fields[0].meta.picklist_values[0]',
    ],
    ['PUT', 'PUT', 'accounts/x', {}, 'method'],
  ])('refuses %s and keeps it', async (_what, method, path, sent, key) => {
    const { emulator, send } = await bench();
    const { status, json } = await send(method, path, sent);
    expect(status).toBe(400);
    expect(json.error).toMatch(new RegExp(`^emulator strict mode: ${method} /api/v1/`));
    expect(json.error).toContain(key);
    expect(emulator.violations.map((violation) => violation.key)).toEqual([key]);
    expect(emulator.store.contacts.size).toBe(0);
  });

  test('ignores all that where it is switched off', async () => {
    const { emulator, post } = await bench({ strict: false });
    const { status, json } = await post('contacts?dry_run=1', { emial: 'x', first_name: 'A', linkedin_url: 'x' });
    expect([status, json.contact.first_name, json.contact.linkedin_url]).toEqual([200, 'A', null]);
    expect(emulator.violations).toEqual([]);
  });
});
