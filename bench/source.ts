/** Rows a second and memory of reading a source: `npx tsx bench/source.ts [duckdb|arrow] [rows] [share of repeated keys in %] [memory limit]`. */
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { RecordBatch, RecordBatchStreamWriter, type Table, tableFromArrays } from 'apache-arrow';
import type { SourceConfig } from '../runtime/contract/source-config.ts';
import { openSource } from '../runtime/source/open-source.ts';

const [type = 'duckdb', rowsText = '1000000', repeatedText = '10', memoryLimit] = process.argv.slice(2);
const rows = Number(rowsText);
const distinct = Math.round(rows * (1 - Number(repeatedText) / 100));

// 16 columns: bigint, 9 texts, a timestamp, a date, a decimal, a boolean, a double, a list of texts.
const relation = `
  select i as id, 'user' || (i % ${distinct}) || '@example.com' as email, 'First' || i as first_name, 'Last' || i as last_name,
    'Some Organization Name ' || (i % 5000) as organization, 'https://www.example' || i || '.com/path' as url,
    '+1 555 ' || i as phone, 'Vice President of ' || (i % 100) as title, 'City ' || (i % 300) as city,
    'United States of America' as country, timestamptz '2024-01-01 00:00:00+00' + to_seconds(i) as updated,
    date '2020-01-01' + (i % 1000)::int as born, (i * 1.13)::decimal(12, 2) as amount, i % 2 = 0 as active,
    i / 7.0 as score, ['a' || i, 'b'] as tags
  from range(${rows}) as r(i)`;

async function duckDbFile(directory: string): Promise<SourceConfig> {
  const database = join(directory, 'bench.duckdb');
  const instance = await DuckDBInstance.create(database, { memory_limit: '1GB' });
  const connection = await instance.connect();
  await connection.run(`create table contacts as ${relation}`);
  connection.closeSync();
  instance.closeSync();
  return { type: 'duckdb', database, memory_limit: memoryLimit };
}

function batch(from: number, size: number): RecordBatch {
  const texts = (text: (i: number) => string) => Array.from({ length: size }, (_, i) => text(from + i));
  const table: Table = tableFromArrays({
    id: BigInt64Array.from({ length: size }, (_, i) => BigInt(from + i)),
    email: texts((i) => `user${i % distinct}@example.com`),
    first_name: texts((i) => `First${i}`),
    last_name: texts((i) => `Last${i}`),
    organization: texts((i) => `Some Organization Name ${i % 5000}`),
    url: texts((i) => `https://www.example${i}.com/path`),
    phone: texts((i) => `+1 555 ${i}`),
    title: texts((i) => `Vice President of ${i % 100}`),
    city: texts((i) => `City ${i % 300}`),
    country: texts(() => 'United States of America'),
    updated: texts((i) => new Date(i * 1000).toISOString()),
    born: texts((i) => new Date(i * 1000).toISOString().slice(0, 10)),
    amount: Float64Array.from({ length: size }, (_, i) => i * 1.13),
    active: Array.from({ length: size }, (_, i) => i % 2 === 0),
    score: Float64Array.from({ length: size }, (_, i) => i / 7),
    tag: texts((i) => `a${i}`),
  });
  return table.batches[0] ?? new RecordBatch({});
}

async function arrowFile(directory: string): Promise<SourceConfig> {
  const path = join(directory, 'bench.arrows');
  const size = 20_000;
  function* batches() {
    const first = batch(0, size);
    yield first;
    for (let from = size; from < rows; from += size) {
      yield new RecordBatch(first.schema, batch(from, Math.min(size, rows - from)).data);
    }
  }
  const writer = new RecordBatchStreamWriter();
  const written = pipeline(Readable.from(writer), createWriteStream(path));
  for (const next of batches()) writer.write(next);
  writer.close();
  await written;
  return { type: 'arrow', path, memory_limit: memoryLimit };
}

function watchMemory(): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  return () => {
    clearInterval(timer);
    return Math.max(peak, process.memoryUsage.rss());
  };
}

async function read(config: SourceConfig): Promise<void> {
  const source = await openSource(config, { temporaryDirectory: tmpdir() });
  const peakRss = watchMemory();
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const relation = { path: 'streams[0]', ...(config.type === 'duckdb' ? { table: 'contacts' } : {}) };
  const key = {
    columns: ['email'],
    matchKeyOf: (row: Readonly<Record<string, unknown>>) => String(row['email']).toLowerCase(),
  };
  let count = 0;
  let superseded = 0;
  for await (const chunk of source.rows(relation, key, new AbortController().signal)) {
    if (count === 0) console.log(`first row after ${seconds()} s (staged, keys compared)`);
    count += chunk.length;
    for (const row of chunk) if (row.superseded) superseded += 1;
  }
  const took = Number(seconds());
  const peak = Math.round(peakRss() / 1_000_000);
  console.log(
    `${count} rows, ${superseded} superseded: ${took} s, ${Math.round(count / took)} rows/s, peak RSS ${peak} MB`,
  );
  await source.close();
}

async function main(): Promise<void> {
  const made = process.env['BENCH_SOURCE'];
  if (made !== undefined) return read(JSON.parse(made));
  console.log(`${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`);
  console.log(`npx tsx bench/source.ts ${type} ${rowsText} ${repeatedText} ${memoryLimit ?? ''}`);
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const config = await (type === 'arrow' ? arrowFile(directory) : duckDbFile(directory));
    // In a process of its own, so that making the rows does not count.
    const env = { ...process.env, BENCH_SOURCE: JSON.stringify(config) };
    spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { env, stdio: 'inherit' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
