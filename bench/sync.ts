/** Rows a second and memory of a whole `sync` to the emulator: `npm run build && npx tsx bench/sync.ts [rows]`. Linux only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const [rowsText = '100000'] = process.argv.slice(2);
const rows = Number(rowsText);
const executable = 'dist/destination-apollo.mjs';

const mapping = ['email', 'first_name', 'last_name', 'title', 'organization_name'].map((to) => ({ to, from: to }));

async function makeWarehouse(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(`create table contacts as
    select i as id, 'user' || i || '@corp' || (i % 5000) || '.com' as email, 'First' || i as first_name,
      'Last' || i as last_name, 'Vice President ' || (i % 100) as title, 'Organization ' || (i % 5000) as organization_name
    from range(${rows}) as r(i)`);
  connection.closeSync();
  instance.closeSync();
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));

/** Runs the command to its end; the peak of its resident memory, which Linux keeps, is read until then. */
async function measured(args: readonly string[]): Promise<{ seconds: number; peakMb: number; summary: string }> {
  const started = performance.now();
  const child = spawn(process.execPath, [executable, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let summary = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    summary = line;
  });
  let peakKb = 0;
  const timer = setInterval(() => {
    try {
      peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peakKb);
    } catch {
      // It has just ended.
    }
  }, 20);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  return { seconds: (performance.now() - started) / 1000, peakMb: peakKb / 1024, summary };
}

const folder = await mkdtemp(join(tmpdir(), 'bench-sync-'));
const emulator = spawn(process.execPath, [executable, 'emulator', '--port', '0', '--plan', 'unlimited'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await firstLine(emulator);
  await makeWarehouse(join(folder, 'warehouse.duckdb'));
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  console.log(`npx tsx bench/sync.ts ${rows}`);
  for (const [what, state] of [
    ['first load, no state store', { type: 'none' }],
    ['the same rows again: all of them exist', { type: 'none' }],
    ['first load of the state store', { type: 'duckdb', path: join(folder, 'state.duckdb') }],
    ['the same rows again, with the state store', { type: 'duckdb', path: join(folder, 'state.duckdb') }],
  ] as const) {
    const config = join(folder, 'sync.json');
    await writeFile(
      config,
      JSON.stringify({
        credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
        api_base_url: url,
        source: { type: 'duckdb', database: join(folder, 'warehouse.duckdb') },
        streams: [{ name: 'contacts', table: 'contacts', object: 'contacts', primary_key: 'id', mapping }],
        rejects: { path: join(folder, 'rejects.jsonl') },
        state,
      }),
    );
    const { seconds, peakMb, summary } = await measured(['sync', '--config', config, '--output', 'json']);
    const { status, calls } = JSON.parse(summary);
    const rate = Math.round(rows / seconds);
    console.log(`${what}: ${seconds.toFixed(1)} s, ${rate} rows/s, peak RSS ${peakMb.toFixed(0)} MB, ${status}`, calls);
  }
} finally {
  emulator.kill();
  await rm(folder, { recursive: true, force: true });
}
