import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(import.meta.dirname, '..', '..');

// What the root package has is not installed here a second time.
const { DuckDBInstance } = await import(createRequire(join(root, 'package.json')).resolve('@duckdb/node-api'));

const command = ['--import', 'tsx', 'connector/main.ts'];

/** The key that the emulator takes. */
export const apiKey = 'emulator-key';

/** Runs the program to its end; the last line of its stdout is parsed. */
export function run(args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
  });
  const last = stdout.trimEnd().split('\n').at(-1);
  return { status, stderr, said: last?.startsWith('{') ? JSON.parse(last) : stdout };
}

/** An emulator of its own; its contacts have the custom field Customer Tier. */
export async function startEmulator() {
  const args = ['emulator', '--port', '0', '--plan', 'unlimited'];
  const child = spawn(process.execPath, [...command, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const url of createInterface({ input: child.stdout })) return { url, stop: () => child.kill() };
  throw new Error('The emulator did not start.');
}

/** A DuckDB file with three people in `marts.people`. */
export async function makeWarehouse(folder) {
  const path = join(folder, 'warehouse.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(`create schema marts; create table marts.people as
    select i as customer_id, 'person' || i || '@company' || i || '.example' as work_email,
           'First' || i as given_name, 'Gold' as tier from range(3) t(i)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** A folder that is removed when the process ends. */
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'config-ui-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
