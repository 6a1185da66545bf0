import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { programFile } from '../support/program.ts';
import { slow } from '../support/runs.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';
import { idOf } from './scenario.ts';

/** The program as a shell runs it. */
async function shell(args: readonly string[], onStarted: (kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const child = spawn(process.execPath, [await programFile(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  onStarted((signal) => void child.kill(signal));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (...ending) => resolve(ending)),
  );
  return { code, signal, stdout, stderr };
}

async function configured(url: string, rows: readonly TestRow[], stream: object) {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = join(folder, 'warehouse.duckdb');
  await makeWarehouse(database, { people: rows });
  const rejects = join(folder, 'rejects.jsonl');
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: url,
      source: { type: 'duckdb', database },
      streams: [{ name: 'people', table: 'people', object: 'contacts', ...stream }],
      rate_limits: { plan: 'organization' },
      retries: { max_retries: 0 },
      rejects: { path: rejects },
      state: { type: 'none' },
    }),
  );
  return { config, rejects };
}

test('no value of a row is printed, whatever becomes of it; rows stand in the rejects file only', async () => {
  // Everything that a person may not want to see begins with this.
  const rows = [
    { email: 'zz-new@zz-a.example', first_name: 'Zz-one', title: 'zz-title', stage: 'New' },
    { email: 'zz-old@zz-b.example', first_name: 'Zz-two', title: 'zz-title', stage: 'New' },
    { email: 'zz-bad', first_name: 'Zz-three', title: 'zz-title', stage: 'New' },
    { email: 'zz-stage@zz-c.example', first_name: 'Zz-four', title: 'zz-title', stage: 'zz-stage' },
    { email: 'zz-refused@zz-d.example', first_name: 'Zz-five', title: 'zz-title', stage: 'New' },
    { email: 'zz-down@zz-e.example', first_name: 'Zz-six', title: 'zz-title', stage: 'New' },
    { email: 'zz-lost@zz-f.example', first_name: 'Zz-seven', title: 'zz-title', stage: 'New' },
  ];
  const update = (email: string) => ({ path: `contacts/${idOf(rows.findIndex((row) => row.email === email))}` });
  const apollo = await startApollo({
    data: {
      contacts: rows
        .filter((_, i) => i !== 0 && i < 6)
        .map(({ email }) => ({ email, id: idOf(rows.findIndex((row) => row.email === email)) })),
    },
    trouble: [
      {
        match: update('zz-refused@zz-d.example'),
        fault: { kind: 'status', status: 422, body: { error: 'zz-refused@zz-d.example is not welcome' } },
      },
      {
        match: update('zz-down@zz-e.example'),
        fault: { kind: 'status', status: 500, body: 'zz-down@zz-e.example failed' },
      },
      { fault: { kind: 'omit', where: { equals: 'zz-lost@zz-f.example' } } },
    ],
  });
  const { config, rejects } = await configured(apollo.url, rows, { primary_key: 'email' });
  for (const [command, exit] of [
    ['sync', 75],
    ['preview', 0],
  ] as const) {
    const { code, stdout, stderr } = await shell([command, '--config', config, '--output', 'text']);
    expect({ code, printed: `${stdout}${stderr}`.match(/zz-\S*|emulator-key/gi) }).toEqual({
      code: exit,
      printed: null,
    });
  }
  const codes = readFileSync(rejects, 'utf8')
    .trim()
    .split('\n')
    .slice(0, 4)
    .map((line) => JSON.parse(line).code);
  expect(codes.sort()).toEqual(['apollo_rejected', 'invalid_email', 'not_acknowledged', 'unknown_option']);
});

test('SIGTERM writes the summary, and then the program dies by that signal', slow, async () => {
  let kill: (signal: NodeJS.Signals) => void = () => {};
  const apollo = await startApollo({
    // Once: a second signal would not wait for the summary.
    onApplied: () => {
      kill('SIGTERM');
      kill = () => {};
    },
  });
  const rows = Array.from({ length: 600 }, (_, i) => ({ email: `p${i}@c${i}.example` }));
  const { config } = await configured(apollo.url, rows, {});
  const { code, signal, stdout } = await shell(
    ['sync', '--config', config, '--output', 'json'],
    (stop) => (kill = stop),
  );
  const summary = JSON.parse(stdout.trim().split('\n').at(-1)!);
  const [{ read, created, deferred }] = summary.streams;
  expect({ code, signal, status: summary.status, rest: read - created - deferred }).toEqual({
    code: null,
    signal: 'SIGTERM',
    status: 'cancelled',
    rest: 0,
  });
  expect(created).toBe(apollo.store.contacts.size);
});
