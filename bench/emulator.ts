// How long the emulator takes for a bulk_create of 100, and how much memory, as the workspace grows.
// Run with: npx tsx bench/emulator.ts [largest size, default 1000000]

import { cpus, totalmem } from 'node:os';
import { startEmulator } from '../emulator/server/server.ts';

const SIZES = [1_000, 100_000, 1_000_000];
const CALLS = 200;
const CHUNK = 10_000;

const largest = Number(process.argv[2] ?? 1_000_000);
const emulator = await startEmulator({ plan: 'unlimited' });

let made = 0;
function contacts(count: number) {
  return Array.from({ length: count }, () => {
    made += 1;
    return {
      first_name: `First${made % 5_000}`,
      last_name: `Last${made % 7_919}`,
      email: `person${made}@company${made % 50_000}.example`,
      title: 'Analyst',
      organization_name: `Company ${made % 50_000}`,
    };
  });
}

async function bulkCreate(): Promise<number> {
  const body = JSON.stringify({ contacts: contacts(100), run_dedupe: true, append_label_names: ['Warehouse sync'] });
  const startedAt = performance.now();
  const response = await fetch(`${emulator.url}/contacts/bulk_create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'emulator-key' },
    body,
  });
  const answer = (await response.json()) as { created_contacts: unknown[]; existing_contacts: unknown[] };
  const elapsed = performance.now() - startedAt;
  const answered = answer.created_contacts.length + answer.existing_contacts.length;
  if (response.status !== 200 || answered !== 100)
    throw new Error(`status ${response.status}, ${answered} of 100 answered`);
  return elapsed;
}

console.log(`command: npx tsx bench/emulator.ts ${largest}`);
console.log(`machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
console.log(`node:    ${process.version}`);
console.log('contacts   ms per bulk_create of 100 (median, p95)   heap MiB   RSS MiB');

for (const size of SIZES.filter((each) => each <= largest)) {
  while (emulator.store.contacts.size < size) {
    emulator.seed({ contacts: contacts(Math.min(CHUNK, size - emulator.store.contacts.size)) });
  }
  const stored = emulator.store.contacts.size;
  for (let i = 0; i < 20; i++) await bulkCreate();
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) times.push(await bulkCreate());
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  const { heapUsed, rss } = process.memoryUsage();
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  console.log(
    `${String(stored).padEnd(11)}${at(0.5)}, ${at(0.95)}`.padEnd(53),
    String(mib(heapUsed)).padEnd(10),
    mib(rss),
  );
}
await emulator.close();
