import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { apollo } from '../../../connector/apollo.ts';
import { examine, type Finding } from '../../../runtime/run/doctor.ts';
import { startApollo } from '../../support/emulator.ts';
import { EmulatorClock } from '../../support/emulator-clock.ts';
import { Runs } from '../../support/stateful.ts';
import { makeWarehouse } from '../../support/warehouse.ts';

const rows = [{ id: '1', email: 'ann@doctor.example', title: 'CTO' }];

/** What is found, in short: `ok source`, `failed stream rows [invalid_mapping]`. */
async function found(more: Readonly<Record<string, unknown>> = {}, first = false): Promise<readonly string[]> {
  const findings = await findingsOf(more, first);
  return findings.map(({ what, status, code }) => `${status} ${what}${code === undefined ? '' : ` [${code}]`}`);
}

async function findingsOf(more: Readonly<Record<string, unknown>>, first = false): Promise<readonly Finding[]> {
  const clock = new EmulatorClock();
  // A scope is proven by a request that Apollo can only refuse: it lacks what the document requires.
  const emulator = await startApollo({ clock }, { expected: (departure) => departure.includes('required property') });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'id' } });
  if (first) await runs.sync(rows);
  const before = emulator.store.contacts.size;
  const { json } = await runs.configuration(rows);
  const findings: Finding[] = [];
  const patient = {
    destination: apollo,
    configured: async () => apollo.configure({ ...(json as object), ...more }, 'sync', {}),
    source: { temporaryDirectory: runs.folder },
    dependencies: { clock, environment: {}, version: '0', notice: () => undefined },
    run: new AbortController(),
  };
  for await (const finding of examine(patient)) findings.push(finding);
  expect(emulator.store.contacts.size).toBe(before);
  return findings;
}

const fine = ['ok configuration', 'ok key', 'ok scopes', 'ok source', 'ok stream rows', 'ok state store'];
const credentials = { auth_type: 'api_key', api_key: 'refused' };
const stream = { name: 'rows', table: 'rows', object: 'contacts', primary_key: 'id' };

test('what is fine is said to be fine, before the first run and after it', async () => {
  expect(await found()).toEqual(fine);
  expect(await found({}, true)).toEqual(fine);
});

test('what is wrong at one end does not hide the other', async () => {
  expect(await found({ credentials })).toEqual([
    'ok configuration',
    'failed key [unauthorized]',
    'ok source',
    'ok stream rows',
    'ok state store',
  ]);
  const mapping = [{ to: 'email', from: 'nope' }];
  const streams = [
    { ...stream, mapping },
    { ...stream, name: 'fine' },
    { ...stream, name: 'off', enabled: false },
  ];
  expect(await found({ streams })).toEqual([
    'ok configuration',
    // Two streams write the same object.
    'note configuration',
    'note stream off',
    'ok key',
    'ok scopes',
    'ok source',
    'failed stream rows [invalid_mapping]',
    'ok stream fine',
    'ok state store',
  ]);
  expect(await found({ source: { type: 'duckdb', database: '/nowhere/w.duckdb' } })).toEqual([
    'ok configuration',
    'ok key',
    'ok scopes',
    'failed source [invalid_source]',
    'ok state store',
  ]);
  expect(await found({ nonsense: 1 })).toEqual(['failed configuration [invalid_config]']);
});

test('an attached database is named, and the tables of streams are looked for in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const other = join(folder, 'other.duckdb');
  await makeWarehouse(other, { people: rows });
  const source = { type: 'duckdb', attach: [{ path: other, alias: 'wh' }] };
  const streams = [
    { ...stream, table: 'wh.people' },
    { ...stream, name: 'slip', table: 'wh.peple' },
  ];
  const says = (await findingsOf({ source, streams })).map(({ what, says }) => `${what}: ${says}`);
  expect(says).toContain('source: duckdb, with wh');
  expect(says).toContain('stream rows: upsert contacts: the mapping fits the 3 columns');
  expect(says).toContain('stream slip: streams[1].table: there is no table "wh.peple"; near it: wh.people');
});
