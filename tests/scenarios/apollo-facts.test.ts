import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { windowsOf } from '../../connector/api/quota.ts';
import { startApollo } from '../support/emulator.ts';
import { refusal, runSync } from '../support/run.ts';

/** A file as a probe writes it, with these facts. */
function facts(found: Readonly<Record<string, unknown>>, limits = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'facts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'probe.json');
  const entries = Object.entries(found).map(([name, one]) => [name, { found: one }]);
  writeFileSync(path, JSON.stringify({ format: 1, date: '2026-11-29', facts: Object.fromEntries(entries), limits }));
  return path;
}

test('a field that PATCH leaves out in this workspace is written by the endpoint that takes it', async () => {
  const apollo = await startApollo({
    quirks: { untaken: ['contacts/update title'] },
    data: { contacts: [{ email: 'ann@acme.example', title: 'CTO' }] },
  });
  const apollo_facts = facts({ untaken_patch: ['title'] }, { 'contacts/bulk_create': { minute: 200 } });
  const { exit, summary, told } = await runSync({
    apollo,
    rows: [{ email: 'ann@acme.example', title: 'CEO', mobile: '+12025550123' }],
    stream: {
      mode: 'upsert',
      updates: 'individual',
      mapping: ['email', 'title', { from: 'mobile', to: 'mobile_phone' }].map((to) =>
        typeof to === 'string' ? { from: to, to } : to,
      ),
    },
    config: { apollo_facts },
  });
  const [contact] = apollo.store.contacts.byEmail('ann@acme.example');
  expect({ exit, title: contact?.title, phones: contact?.phone_numbers.length }).toEqual({
    exit: 0,
    title: 'CEO',
    phones: 1,
  });
  expect(apollo.requests.count('contacts/bulk_update')).toBe(1);
  // It was not asked for by PATCH first, and found to be left out.
  expect(apollo.requests.count('contacts/update')).toBe(1);
  const says = `apollo_facts: this run goes by ${apollo_facts}, of 2026-11-29: limits of 1 endpoint; PATCH of contacts leaves out title.`;
  expect(summary.notices).toContainEqual({ code: 'apollo_facts', message: says });
  expect(told).toContain(says);
});

test('with plan auto a run starts with the limits that a probe has found; a plan that is configured has the word', () => {
  const known = { 'contacts/bulk_create': { minute: 20, hour: 100, day: null } };
  const limits = (plan: 'auto' | 'basic') =>
    windowsOf({ plan, known }, 'contacts/bulk_create').map(({ limit }) => limit);
  expect(limits('auto')).toEqual([20, 100, 0]);
  expect(limits('basic')).toEqual([200, 400, 2000]);
  expect(windowsOf({ plan: 'auto', known }, 'contacts/update').map(({ limit }) => limit)).toEqual([50, 200, 600]);
});

test('a file that no probe has written is refused', async () => {
  const apollo = await startApollo();
  const config = { apollo_facts: '/nowhere/probe.json' };
  const { exit, message } = await refusal({ apollo, rows: [{ email: 'a@b.example' }], config });
  expect({ exit, message }).toEqual({
    exit: 2,
    message: expect.stringContaining('/nowhere/probe.json is not the file of a probe: it cannot be read as JSON'),
  });
});
