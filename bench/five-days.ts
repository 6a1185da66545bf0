// A first load of contacts on the plan basic, day after day, with the clock of the emulator and of the runs stepped: calls,
// the share used of the window that binds, answers of 429, and when each run says to come back.
// Run with: npx tsx bench/five-days.ts [contacts, default 1000000] [days, default 5]

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { apollo } from '../connector/apollo.ts';
import type { WaitingClock } from '../emulator/calls/clock.ts';
import { startEmulator } from '../emulator/server/server.ts';
import { PLANS } from '../emulator/server/windows.ts';
import type { Clock } from '../runtime/contract/clock.ts';
import type { RunSummary } from '../runtime/facts/report.ts';
import { sync } from '../runtime/run/sync.ts';

const [contactsText = '1000000', daysText = '5'] = process.argv.slice(2);
const contacts = Number(contactsText);
const dayMs = 24 * 3_600_000;
const hourMs = 3_600_000;
const limits = PLANS.basic;

/** Time that passes when somebody waits for it, and 250 ms with every request, as if Apollo took so long. */
class SteppedClock implements Clock, WaitingClock {
  #now = Date.UTC(2026, 0, 5, 9);

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.#now + ms;
    // What is in flight arrives before the time that is waited for.
    for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    if (!signal.aborted) this.advanceTo(until);
  }

  async waitMs(ms: number): Promise<void> {
    this.#now += ms;
  }

  advanceTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  random(): number {
    return 0.5;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bench-five-days-'));
const clock = new SteppedClock();
const emulator = await startEmulator({
  plan: 'basic',
  clock,
  onRequest: async () => clock.advanceTo(clock.now() + 250),
  logCapacity: 1_000_000,
});

const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), { memory_limit: '500MB' });
const connection = await instance.connect();
await connection.run(`create table people as select 'cust_' || i as customer_id, 'user' || i || '@company' || (i % 50000) || '.example' as email,
  'First' || (i % 5000) as first_name, 'Last' || (i % 7919) as last_name, 'Company ' || (i % 50000) as organization_name
  from range(${contacts}) as r(i)`);
connection.closeSync();
instance.closeSync();

const configured = apollo.configure(
  {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: emulator.url,
    source: { type: 'duckdb', database: join(folder, 'warehouse.duckdb'), memory_limit: '500MB' },
    streams: [{ name: 'people', table: 'people', object: 'contacts', primary_key: 'customer_id' }],
    rejects: { path: join(folder, 'rejects.jsonl') },
    state: { type: 'duckdb', path: join(folder, 'state.duckdb') },
  },
  'sync',
  {},
);

async function run(): Promise<RunSummary> {
  const options = { only: [], run: new AbortController(), source: { temporaryDirectory: folder } };
  const around = { clock, environment: {}, version: 'bench', notice: () => undefined };
  for await (const event of sync(apollo, configured, options, around)) {
    if (event.type === 'finished') return event.summary;
  }
  throw new Error('The run ended without a summary.');
}

console.log(`command: npx tsx bench/five-days.ts ${contactsText} ${daysText}`);
console.log(`machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
console.log(
  `node:    ${process.version}; plan basic: ${limits.minute} a minute, ${limits.hour} an hour, ${limits.day} a day, for each endpoint`,
);

const startedAt = clock.now();
const isCreate = ({ action }: { action: string | null }) => action === 'contacts/bulk_create';
try {
  for (let day = 1; day <= Number(daysText); day++) {
    const began = { at: clock.now(), real: performance.now() };
    const summary = await run();
    const [stream] = summary.streams;
    const calls = emulator.requests.entries.filter((one) => isCreate(one) && one.at >= began.at);
    const used = calls.filter(({ status }) => status === 200).length;
    const limited = emulator.requests.entries.filter(({ at, status }) => at >= began.at && status === 429).length;
    // The day's window opens with its first call.
    const opens = (calls[0]?.at ?? clock.now()) + dayMs;
    console.log(
      `day ${day}: ${summary.status}, created ${stream!.created}, unchanged ${stream!.unchanged}, deferred ${stream!.deferred}; ` +
        `${used} of ${limits.day} calls (${((100 * used) / limits.day).toFixed(1)} %), ${limited} answers of 429, ` +
        `${((clock.now() - began.at) / hourMs).toFixed(2)} h by its clock, ${((performance.now() - began.real) / 1000).toFixed(0)} s here`,
    );
    console.log(
      `       retry_at ${summary.retry_at}; the window reopens at ${new Date(opens).toISOString()}${
        summary.retry_at === null ? '' : ` (${((Date.parse(summary.retry_at) - opens) / 1000).toFixed(1)} s later)`
      }`,
    );
    if (summary.retry_at === null) break;
    clock.advanceTo(Date.parse(summary.retry_at));
  }
  const total = emulator.requests.entries.filter(isCreate).length;
  console.log(
    `${emulator.store.contacts.size} contacts, ${total} calls of bulk_create, ${((clock.now() - startedAt) / dayMs).toFixed(2)} days`,
  );
} finally {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
}
