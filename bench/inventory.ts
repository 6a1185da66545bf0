// What an inventory of a workspace costs, and what it is good for: its calls, a preview beside the run that follows, a second inventory
// after edits by hand, `--full` on what has not changed, and the repair of the edits.
// Run with: npx tsx bench/inventory.ts [contacts, default 60000] [rows, default 50000] [edits, default 250]

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { apollo } from '../connector/apollo.ts';
import { startEmulator } from '../emulator/server/server.ts';
import type { Clock } from '../runtime/contract/clock.ts';
import { takeInventory } from '../runtime/run/inventory/take-inventory.ts';
import { preview } from '../runtime/run/preview/preview.ts';
import { sync } from '../runtime/run/sync.ts';

const [contacts = 60_000, rows = 50_000, edits = 250] = process.argv.slice(2).map(Number);
const known = Math.min(contacts, Math.floor(rows * 0.6));

/** Time that passes when the bench says so. */
class HandClock implements Clock {
  #now = Date.UTC(2026, 0, 5, 9);

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }

  random(): number {
    return 0.5;
  }
}

const clock = new HandClock();
const folder = mkdtempSync(join(tmpdir(), 'bench-inventory-'));
const emulator = await startEmulator({ plan: 'unlimited', clock, logCapacity: 1 });
const idOf = (n: number): string => n.toString(16).padStart(24, '0');
for (let from = 0; from < contacts; from += 10_000) {
  emulator.seed({
    contacts: Array.from({ length: Math.min(10_000, contacts - from) }, (_, i) => ({
      id: idOf(from + i + 1),
      email: `person${from + i}@company${(from + i) % 5000}.example`,
      first_name: `First${from + i}`,
      last_name: 'Last',
      title: (from + i) % 3 === 0 ? 'CEO' : 'CTO',
      created_at: Date.UTC(2025, 0, 1) + (from + i) * 1000,
    })),
  });
}
const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), { memory_limit: '500MB' });
const connection = await instance.connect();
await connection.run(
  `create table rows as select 'person' || n || '@company' || n % 5000 || '.example' as email, 'First' || n as first_name, 'Last' as last_name,
     'CTO' as title from (select case when i < ${known} then i else i + ${contacts} end as n from range(${rows}) as t(i))`,
);
connection.closeSync();
instance.closeSync();

const json = {
  credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
  api_base_url: emulator.url,
  source: { type: 'duckdb', database: join(folder, 'warehouse.duckdb'), memory_limit: '500MB' },
  streams: [{ name: 'rows', table: 'rows', object: 'contacts', updates: 'bulk', drift: 'repair' }],
  rejects: { path: join(folder, 'rejects.jsonl') },
  state: { type: 'duckdb', path: join(folder, 'state.duckdb') },
};
const configured = apollo.configure(json, 'sync', {});
const dependencies = { clock, environment: {}, version: '0', notice: () => undefined };
const source = { temporaryDirectory: folder };

async function timed<T>(what: string, work: () => Promise<T>, said: (result: T) => string): Promise<T> {
  clock.sleep(60_000);
  const started = performance.now();
  const result = await work();
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  console.log(
    `${what}: ${said(result)}; ${((performance.now() - started) / 1000).toFixed(1)} s, ${rss} MB with the emulator`,
  );
  return result;
}

const inventory = () =>
  takeInventory(
    apollo,
    configured,
    { only: [], run: new AbortController(), source, maxCalls: Number.POSITIVE_INFINITY, full: false },
    dependencies,
  );
const run = async (full = false) => {
  for await (const event of sync(
    apollo,
    configured,
    { only: [], run: new AbortController(), source, full },
    dependencies,
  ))
    if (event.type === 'finished') return event.summary;
  throw new Error('The run ended without a summary.');
};
const writes = (calls: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(calls).filter(([request]) => !request.startsWith('GET '))));
const counts = ({ streams: [stream] }: Awaited<ReturnType<typeof run>>): string =>
  `created ${stream!.created}, updated ${stream!.updated}, unchanged ${stream!.unchanged}`;
const inventoried = ([result]: Awaited<ReturnType<typeof inventory>>): string =>
  `${result!.calls} calls, ${result!.known} of ${result!.total} known, ${result!.changed} new or changed`;

console.log(
  `${contacts} contacts, ${rows} rows, ${known} of them known to Apollo; ${cpus()[0]!.model}, Node ${process.version}`,
);
await timed('first inventory', inventory, inventoried);
await timed(
  'preview',
  () => preview(apollo, configured, { only: [], run: new AbortController(), source, show: 0 }, dependencies),
  ({ streams: [stream], calls }) =>
    `new ${JSON.stringify(stream!.new)}, changed ${JSON.stringify(stream!.changed)}, ${writes(calls)}`,
);
await timed('run', run, (summary) => `${counts(summary)}, ${writes(summary.calls)}`);
await timed('inventory after the run', inventory, inventoried);
await timed(
  '--full, nothing changed',
  () => run(true),
  (summary) => `${counts(summary)}, ${writes(summary.calls)}`,
);
emulator.edit({ contacts: Array.from({ length: edits }, (_, i) => ({ id: idOf(i * 7 + 1), title: `edited ${i}` })) });
await timed('inventory after edits by hand', inventory, inventoried);
await timed('repair', run, (summary) => `${counts(summary)}, ${writes(summary.calls)}`);
await emulator.close();
rmSync(folder, { recursive: true, force: true });
