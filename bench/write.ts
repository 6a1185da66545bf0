// How fast `write` takes records from stdin when the destination answers at once, and with how much memory, beside the
// bare cost of splitting the same input and JSON.parse.
// Run with: npx tsx bench/write.ts [records, default 1000000]

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { defaultMicroBatchLimits, microBatchesOf } from '../runtime/airbyte/input/micro-batches.ts';
import { write } from '../runtime/airbyte/write.ts';
import { systemClock } from '../runtime/contract/clock.ts';
import { catalogOf } from '../tests/support/airbyte.ts';
import { ToyDestination, toyConfig } from '../tests/support/toy-destination.ts';

const [role = '1000000', count = '0'] = process.argv.slice(2);
const statesEvery = 10_000;

// As PyAirbyte writes it: nulls and all, 16 columns.
const lineOf = (i: number): string =>
  `{"type":"RECORD","log":null,"spec":null,"connectionStatus":null,"catalog":null,"record":{"namespace":null,"stream":"contacts","data":{"key":${i},"email":"person${i}@company${i % 997}.example","first_name":"First${i % 5000}","last_name":"Last${i % 7919}","title":"Vice President of Things","organization":"Company ${i % 997}","phone":"+1 555 ${i}","city":"City ${i % 300}","country":"United States of America","score":${i / 7},"active":${i % 2 === 0},"updated_at":"2026-01-01T00:00:00Z"},"emitted_at":1795291150674,"meta":null,"file_reference":null},"state":null,"trace":null,"control":null}\n`;
const stateOf = (i: number): string =>
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"contacts"},"stream_state":{"id":${i}}},"id":${i}}}\n`;

async function produce(records: number): Promise<void> {
  for (let at = 0; at < records; at += 500) {
    const lines = Array.from({ length: Math.min(500, records - at) }, (_, i) => lineOf(at + i));
    if ((at + 500) % statesEvery === 0) lines.push(stateOf(at));
    if (!process.stdout.write(lines.join(''))) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

/** What any reader must do: nothing is kept, nothing is checked. */
async function bare(): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let records = 0;
  for await (const chunk of process.stdin) {
    const block = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
      if (JSON.parse(block.toString('utf8', start, end)).type === 'RECORD') records++;
      start = end + 1;
    }
    rest = block.subarray(start);
  }
  return records;
}

/** Reading the protocol: lines, messages, micro-batches. What `write` adds to it is the pipeline that `sync` has as well. */
async function microBatches(): Promise<number> {
  const streams = [{ name: 'contacts' }];
  const { signal } = new AbortController();
  let records = 0;
  const options = { streams, limits: defaultMicroBatchLimits, clock: systemClock, signal };
  for await (const { rows } of microBatchesOf(process.stdin, options)) records += rows[0]!.length;
  return records;
}

async function whole(): Promise<number> {
  let states = 0;
  const toy = new ToyDestination({ keeps: false });
  const configured = async () => ({ config: toyConfig(), warnings: [], secrets: [] });
  const options = {
    catalog: async () => catalogOf('contacts'),
    stdin: process.stdin,
    run: new AbortController(),
    source: { temporaryDirectory: tmpdir() },
  };
  const dependencies = { clock: systemClock, environment: {}, version: '0', notice: () => undefined };
  for await (const message of write(toy, configured, options, dependencies)) if (message.type === 'STATE') states++;
  return states;
}

interface Measured {
  readonly seconds: number;
  /** Of all threads: other work on the machine does not count. */
  readonly cpu: number;
  readonly peakMb: number;
}

/** Feeds a reader in a process of its own, and reports what that process says of itself. */
function measure(program: string, reader: string, records: number): Promise<Measured> {
  const source = spawn(process.execPath, [program, 'produce', String(records)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const child = spawn(process.execPath, [program, reader], { stdio: [source.stdout, 'pipe', 'inherit'] });
  // Held here as well, the pipe would never end.
  source.stdout.destroy();
  return new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
    });
    child.on('close', () => resolve(JSON.parse(text)));
  });
}

async function read(reader: () => Promise<number>): Promise<void> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await reader();
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1000;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peakMb, result }));
}

const percent = (one: number, other: number): number => Math.round((100 * one) / other);

async function main(): Promise<void> {
  if (role === 'produce') return produce(Number(count));
  if (role === 'bare') return read(bare);
  if (role === 'microBatches') return read(microBatches);
  if (role === 'whole') return read(whole);
  const records = Number(role);
  console.log(`command: npx tsx bench/write.ts ${records}`);
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
  console.log(`node:    ${process.version}; ${lineOf(records).length} bytes a record, a state every ${statesEvery}`);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    // As it is shipped: without a compiler in the same process.
    const program = join(folder, 'write.mjs');
    const { build } = await import('esbuild');
    await build({
      entryPoints: [import.meta.filename],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['esbuild'],
      logLevel: 'error',
    });
    for (const round of records > 1_000_000 ? [1] : [1, 2, 3]) await compare(round, program, records);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(round: number, program: string, records: number): Promise<void> {
  const alone = await measure(program, 'bare', records);
  const line = ({ seconds, cpu, peakMb }: Measured): string =>
    `${Math.round(records / seconds)} rows/s (${percent(alone.seconds, seconds)} %; by CPU time ${percent(alone.cpu, cpu)} %), ` +
    `${Math.round(peakMb)} MB peak`;
  console.log(`round ${round}: split + parse ${line(alone)}`);
  console.log(`  micro-batches        ${line(await measure(program, 'microBatches', records))}`);
  console.log(`         write         ${line(await measure(program, 'whole', records))}`);
}

await main();
