import { describe, expect, test } from 'vitest';
import { bench } from '../emulator/client.ts';

describe('control routes', () => {
  test('seed, look, count and reset, without a key', async () => {
    const { emulator, send } = await bench();
    const control = async (method: string, path: string, body?: unknown) =>
      (await send(method, `/__emulator/${path}`, body, { 'x-api-key': '' })).json;
    expect(await control('POST', 'seed', { contacts: [{ email: 'a@b.example', label_names: ['L'] }] })).toMatchObject({
      contacts: 1,
      accounts: 0,
    });
    expect(await control('GET', 'state')).toEqual({ contacts: 1, accounts: 0, labels: 3 });
    const page = await control('GET', 'state?of=contacts&page=1&per_page=10');
    expect([page.total, page.entries[0].email]).toEqual([1, 'a@b.example']);
    const lists = await control('GET', 'state?of=labels');
    expect(lists.entries.find((label: { name: string }) => label.name === 'L').members).toEqual([page.entries[0].id]);
    await send('POST', 'contacts', { first_name: 'A' });
    await send('POST', 'contacts', { first_nam: 'A' });
    expect(await control('GET', 'counts')).toEqual({ total: 2, counts: { 'contacts/create': { 200: 1, 400: 1 } } });
    expect((await control('GET', 'requests')).requests.map((entry: { status: number }) => entry.status)).toEqual([
      200, 400,
    ]);
    expect((await control('GET', 'violations')).violations).toHaveLength(1);
    await control('POST', 'reset');
    expect([emulator.store.contacts.size, emulator.requests.total, emulator.violations.length]).toEqual([0, 0, 0]);
  });

  test('a page of the state shapes its own records only', async () => {
    const { emulator, send } = await bench();
    const contacts = Array.from({ length: 30 }, (_, i) => ({ email: `p${i}@b.example` }));
    await send('POST', '/__emulator/seed', { contacts });
    const shaped: string[] = [];
    for (const contact of emulator.store.contacts.values()) {
      Object.defineProperty(contact, 'phone_numbers', {
        get: () => {
          shaped.push(contact.email ?? '');
          return [];
        },
      });
    }
    const page = (await send('GET', '/__emulator/state?of=contacts&page=3&per_page=4', undefined)).json;
    expect([page.total, page.entries.map(({ email }: { email: string }) => email)]).toEqual([30, [...new Set(shaped)]]);
    expect(new Set(shaped).size).toBe(4);
  });

  test('trouble, quirks, settings and the clock', async () => {
    const { clock, emulator, post, send } = await bench();
    const control = (method: string, path: string, body?: unknown) => send(method, `/__emulator/${path}`, body);
    await control('POST', 'trouble', {
      match: { path: 'contacts/create', times: 1 },
      fault: { kind: 'status', status: 503 },
    });
    expect((await post('contacts', {})).status).toBe(503);
    expect((await post('contacts', {})).status).toBe(200);
    expect((await control('DELETE', 'trouble')).json).toEqual({ rules: [] });
    expect((await control('POST', 'quirks', { order: 'sent' })).json.order).toBe('sent');
    const typo = await control('POST', 'quirks', { ordre: 'sent' });
    expect([typo.status, typo.json.error]).toEqual([400, expect.stringContaining('unknown quirk "ordre"')]);
    await control('POST', 'settings', { strict: false, plan: { minute: 1, hour: 2, day: 3 } });
    expect((await send('GET', 'labels?x=1')).status).toBe(200);
    expect((await send('GET', 'labels')).status).toBe(429);
    const before = clock.now();
    expect((await control('POST', 'clock', { advance_ms: 60_000 })).json.now_ms).toBe(before + 60_000);
    expect((await send('GET', 'labels')).status).toBe(200);
    expect((await control('POST', 'clock', { advance_ms: -1 })).status).toBe(400);
    expect((await control('GET', 'nonsense')).status).toBe(404);
    expect((await control('POST', 'seed', { contact: [] })).status).toBe(400);
    expect(emulator.clock.now()).toBe(before + 60_000);
  });
});
