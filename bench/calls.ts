// Requests made for six workloads, divided by the fewest possible (bench/fewest-calls.ts), beside two clients as they are
// usually written. All run against the emulator on the plan basic, with its clock stepped, so that time is Apollo's.
// Run with: npx tsx bench/calls.ts [text in the names of workloads]

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { apollo } from '../connector/apollo.ts';
import type { WaitingClock } from '../emulator/calls/clock.ts';
import { type Emulator, startEmulator } from '../emulator/server/server.ts';
import type { Clock } from '../runtime/contract/clock.ts';
import type { RunSummary } from '../runtime/facts/report.ts';
import { sync } from '../runtime/run/sync.ts';
import { fewestCalls } from './fewest-calls.ts';
import { createThenPatch, type Ids, oneByOne, type Send } from './simple-clients.ts';
import { type Row, users, type Workload, workloads } from './workloads.ts';

const hourMs = 3_600_000;

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

interface Measured {
  readonly calls: number;
  readonly hours: number;
}

/** An Apollo that holds what the workload says. */
const startedWith = (workload: Workload, clock: SteppedClock): Promise<Emulator> =>
  startEmulator({
    plan: 'basic',
    clock,
    onRequest: async () => clock.advanceTo(clock.now() + 250),
    logCapacity: 1_000_000,
    data: { users, contacts: workload.holds },
  });

/** Counts the requests that were taken, and the time they took, from now on. */
function meter(emulator: Emulator, clock: SteppedClock): () => Measured {
  const before = emulator.requests.entries.length;
  const startedAt = clock.now();
  return () => ({
    calls: emulator.requests.entries.slice(before).filter(({ status }) => status !== 429).length,
    hours: (clock.now() - startedAt) / hourMs,
  });
}

/** Every contact is as its row says, or the client has not done its work. */
function proveDone({ store }: Emulator, rows: readonly Row[]): void {
  const byEmail = new Map([...store.contacts.values()].map((contact) => [contact.email, contact]));
  for (const row of rows) {
    const contact = byEmail.get(row['email'] ?? null);
    const shown = contact && {
      title: contact.title,
      owner_id: store.users.get(contact.owner_id ?? '')?.email,
      contact_stage_id: store.contactStages.get(contact.contact_stage_id ?? '')?.name,
      lists: store.labelsOf(contact)[0]?.name,
    };
    for (const key of ['title', 'owner_id', 'contact_stage_id', 'lists'] as const) {
      if (row[key] !== undefined && row[key] !== shown?.[key])
        throw new Error(`${key} of a contact is not as its row.`);
    }
  }
}

async function ours(workload: Workload): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-calls-'));
  const clock = new SteppedClock();
  const emulator = await startedWith(workload, clock);
  try {
    if (workload.before) await run(emulator, clock, folder, workload, workload.before);
    const measured = meter(emulator, clock);
    await run(emulator, clock, folder, workload, workload.rows);
    proveDone(emulator, workload.rows);
    return measured();
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  emulator: Emulator,
  clock: SteppedClock,
  folder: string,
  { mapping }: Workload,
  rows: readonly Row[],
): Promise<RunSummary> {
  const file = join(folder, 'rows.ndjson');
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const stream = { name: 'contacts', query: `select * from read_json('${file}')`, object: 'contacts', updates: 'bulk' };
  const json = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: emulator.url,
    source: { type: 'duckdb' },
    streams: [{ ...stream, mapping }],
    rejects: { path: join(folder, 'rejects.jsonl') },
    state: { type: 'duckdb', path: join(folder, 'state.duckdb') },
  };
  const options = { only: [], run: new AbortController(), source: { temporaryDirectory: folder } };
  const around = { clock, environment: {}, version: 'bench', notice: () => undefined };
  for await (const event of sync(apollo, apollo.configure(json, 'sync', {}), options, around)) {
    if (event.type === 'finished' && event.summary.status === 'succeeded') return event.summary;
    if (event.type === 'finished') throw new Error(JSON.stringify(event.summary));
  }
  throw new Error('The run ended without a summary.');
}

async function theirs(client: typeof oneByOne, workload: Workload): Promise<Measured> {
  const clock = new SteppedClock();
  const emulator = await startedWith(workload, clock);
  const { store } = emulator;
  const ids: Ids = {
    owner: (email) => [...store.users.values()].find((user) => user.email === email)!.id,
    stage: (name) => [...store.contactStages.values()].find((stage) => stage.name === name)!.id,
  };
  try {
    if (workload.before) await client(workload.before, senderTo(emulator, clock), ids);
    const measured = meter(emulator, clock);
    await client(workload.rows, senderTo(emulator, clock), ids);
    proveDone(emulator, workload.rows);
    return measured();
  } finally {
    await emulator.close();
  }
}

function senderTo({ url }: Emulator, clock: SteppedClock): Send {
  const headers = { 'content-type': 'application/json', 'x-api-key': 'emulator-key' };
  return async (method, target, body) => {
    for (;;) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}/${target}`, { method, headers, ...sent });
      const answer = (await response.json()) as Record<string, unknown>;
      if (response.status === 200) return answer;
      if (response.status !== 429) throw new Error(`${method} ${target}: ${response.status} ${JSON.stringify(answer)}`);
      clock.advanceTo(clock.now() + 1000 * Number(response.headers.get('retry-after')));
    }
  };
}

const timeOf = (hours: number): string => {
  if (hours >= 24) return `${(hours / 24).toFixed(1)} days`;
  return hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.round(hours * 3600)} s`;
};
const shown = ({ calls, hours }: Measured): string => `${calls.toLocaleString('en')}, ${timeOf(hours)}`;

console.log(`command: npx tsx bench/calls.ts ${process.argv.slice(2).join(' ')}`);
console.log(`machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
console.log(`node:    ${process.version}; plan basic`);
console.log('');
console.log('| workload | fewest | made | ratio | create, then PATCH | one request a record |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const workload of workloads.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
  const fewest = fewestCalls(workload.wanted).total + workload.lookups;
  const made = await ours(workload);
  const ratio = made.calls / fewest;
  const [batches, single] = [await theirs(createThenPatch, workload), await theirs(oneByOne, workload)];
  console.log(
    `| ${workload.name} | ${fewest} | ${shown(made)} | ${ratio.toFixed(2)} | ${shown(batches)} | ${shown(single)} |`,
  );
}
