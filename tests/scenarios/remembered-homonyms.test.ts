import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { runSync } from '../support/run.ts';

const ann = { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };
const homonym = { ...ann, email: 'ann.lee@acme.example', title: 'CFO' };

async function holdingHomonym() {
  const apollo = await startApollo();
  apollo.seed({ contacts: [homonym] });
  return apollo;
}

function statePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'homonyms-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.duckdb');
}

test('a homonym is not remembered as the record of the row: the next change of the row does not overwrite it', async () => {
  const apollo = await holdingHomonym();
  const config = { state: { type: 'duckdb', path: statePath() } };
  const first = await runSync({ apollo, config, rows: [{ ...ann, title: 'CTO' }] });
  expect(first.summary.streams[0]!.reject_codes).toEqual({ match_conflict: 1 });

  const second = await runSync({ apollo, config, rows: [{ ...ann, title: 'CEO' }] });
  expect(second.summary.streams[0]!.reject_codes).toEqual({ match_conflict: 1 });
  expect([...apollo.store.contacts.values()].map(({ email, title }) => ({ email, title }))).toEqual([
    { email: homonym.email, title: 'CFO' },
  ]);
});

test('nor is it remembered when it could not be looked at: the row is deferred and matched anew', async () => {
  const apollo = await holdingHomonym();
  const config = { state: { type: 'duckdb', path: statePath() }, retries: { max_retries: 0 } };
  apollo.addTrouble([
    { match: { method: 'GET', path: 'contacts/show', times: 1 }, fault: { kind: 'status', status: 503 } },
  ]);
  const first = await runSync({ apollo, config, rows: [{ ...ann, title: 'CTO' }] });
  expect(first.summary.streams[0]!.deferred_codes).toEqual({ apollo_unavailable: 1 });

  const second = await runSync({ apollo, config, rows: [{ ...ann, title: 'CTO' }] });
  expect(second.summary.streams[0]!.reject_codes).toEqual({ match_conflict: 1 });
  expect([...apollo.store.contacts.values()].map(({ title }) => title)).toEqual(['CFO']);
});
