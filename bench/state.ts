// What the state store costs: a run over rows where nothing, or one in a hundred, has changed, against a bare
// hash-and-join query over the same two tables; and a first load against an API that answers at once.
// Run with: npx tsx bench/state.ts [rows, default 10000000] [rows of the first load, default 1000000] [memory limit, default 1GB]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { build } from 'esbuild';
import { apollo } from '../connector/apollo.ts';
import { systemClock } from '../runtime/contract/clock.ts';
import type { RunSummary } from '../runtime/facts/report.ts';
import { sync } from '../runtime/run/sync.ts';
import { openSource } from '../runtime/source/open-source.ts';
import { StateDatabase } from '../runtime/state/state-database.ts';

interface Job {
  readonly what: 'bare' | 'sync' | 'remember';
  readonly folder: string;
  readonly table: string;
  readonly memoryLimit: string;
}

const columns = ['customer_id', 'email', 'first_name', 'last_name', 'title', 'organization_name'];

const rowsSql = (rows: number, changedEvery: number) => `
  select 'cust_' || i as customer_id, 'user' || i || '@company' || (i % 50000) || '.example' as email,
    'First' || (i % 5000) as first_name, 'Last' || (i % 7919) as last_name,
    'Vice President of ' || (i % 100) || case when i % ${changedEvery} = 1 then ' and more' else '' end as title,
    'Company ' || (i % 50000) as organization_name
  from range(${rows}) as r(i)`;

const statePath = (folder: string, table: string) => join(folder, `${table}.state.duckdb`);

/** Answers every request at once, as if Apollo had taken all that it was sent. */
async function sink(): Promise<{ url: string; close(): void }> {
  let ids = 0;
  const id = () => (++ids).toString(16).padStart(24, '0');
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(request.url ?? '', text === '' ? {} : JSON.parse(text), id)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  return { url, close: () => server.close() };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever was sent comes back
function answer(url: string, body: any, id: () => string): unknown {
  if (url.endsWith('bulk_create')) {
    return { created_contacts: body.contacts.map((one: object) => ({ id: id(), ...one })), existing_contacts: [] };
  }
  if (url.endsWith('bulk_update')) return { contacts: body.contact_attributes };
  if (/contacts\/\w+$/.test(url)) return { contact: { id: url.split('/').at(-1), ...body } };
  // Each run has a server of its own: it is one workspace by its id.
  return { id: 'user', is_logged_in: true, team_id: '5f6b1e2a9d8c7b6a5f4e3d2c' };
}

function configuration({ folder, table, memoryLimit }: Job, url: string) {
  const json = {
    credentials: { auth_type: 'api_key', api_key: 'bench-key' },
    api_base_url: url,
    source: { type: 'duckdb', database: join(folder, 'warehouse.duckdb'), memory_limit: memoryLimit },
    streams: [
      {
        name: table,
        table,
        object: 'contacts',
        primary_key: 'customer_id',
        updates: 'bulk',
        mapping: columns.slice(1).map((name) => ({ to: name, from: name })),
      },
    ],
    // No window of the sink's binds, so nothing waits.
    rate_limits: { plan: 'custom', per_minute: 100_000_000, per_hour: 100_000_000, per_day: 100_000_000 },
    rejects: { path: join(folder, 'rejects.jsonl') },
    state: { type: 'duckdb', path: statePath(folder, table) },
  };
  return apollo.configure(json, 'sync', {});
}

const around = { clock: systemClock, environment: {}, version: 'bench', notice: () => undefined };

async function run(job: Job): Promise<string> {
  const { url, close } = await sink();
  const options = { only: [], run: new AbortController(), source: { temporaryDirectory: job.folder } };
  let summary: RunSummary | undefined;
  for await (const event of sync(apollo, configuration(job, url), options, around)) {
    if (event.type === 'finished') ({ summary } = event);
  }
  close();
  const [stream] = summary!.streams;
  const counts = Object.entries(stream!).filter(([, value]) => typeof value === 'number' && value > 0);
  return `${summary!.status}: ${counts.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

/** The same hash and join as one query, with nothing around it. */
async function bare({ folder, table, memoryLimit }: Job): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    temp_directory: join(folder, 'spill'),
  });
  const connection = await instance.connect();
  await connection.run(`attach '${join(folder, 'warehouse.duckdb')}' as warehouse (read_only)`);
  await connection.run(`attach '${statePath(folder, table)}' as state`);
  const found = await connection.runAndReadAll(`
    select count(*)::double from (select customer_id as primary_key, hash(${columns.join(', ')}) as row_hash from warehouse.${table}) as rows
    full join state.records as stored using (primary_key) where rows.row_hash is distinct from stored.row_hash`);
  return `${found.getRows()[0]?.[0]} differ`;
}

/** Fills a state store as a run that created every row would have, without the run. */
async function remember(job: Job): Promise<string> {
  const { folder, table } = job;
  const url = 'http://127.0.0.1:1/api/v1';
  const { config } = configuration(job, url);
  const source = await openSource(config.source!, { temporaryDirectory: folder });
  const state = await StateDatabase.open(source.work, {
    path: statePath(folder, table),
    runId: 'bench',
    clock: systemClock,
  });
  const opened = await apollo
    .connect(config, around)
    .open(config.streams[0]!, 'streams[0]', columns, new AbortController().signal);
  const stream = await state.stream({ stream: table, version: opened.writer.version, idsOnly: false });
  const { salt } = await stream.comparison(opened.writer, () => undefined);
  // As runtime/source/diff/readable.ts hashes a table's columns.
  const read = opened.writer.columns;
  const hash = `hash('${salt} ${read.map((name) => `${name} VARCHAR`).join()}', ${read.join(', ')})`;
  const connection = await source.work.connect();
  await connection.run(`insert into "state/".main.records by name
    select '${table}' as stream, customer_id as primary_key, md5(customer_id)[:24] as destination_id,
      'email:' || email as match_key, ${hash} as row_hash, md5(customer_id) || md5(email)[:12] as fingerprint,
      cast(json_object(${columns
        .slice(1)
        .map((name) => `'${name}', ${name}`)
        .join(', ')}) as varchar) as "values",
      '${opened.writer.version}' as mapping_version, 'created' as outcome, timestamp '2026-01-01' as settled_at, 'bench' as run_id,
      rowid as place
    from ${table}`);
  await state.close();
  await source.close();
  return 'remembered';
}

async function watched(job: Job): Promise<void> {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const started = performance.now();
  const said = await { bare, sync: run, remember }[job.what](job);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1e6;
  console.log(JSON.stringify({ seconds, cpu, peakMb: Math.max(peak, process.memoryUsage.rss()) / 1e6, said }));
  process.exit(0);
}

// Beside the modules that are not bundled, where they are found.
const bundle = join(import.meta.dirname, '../node_modules/.bench-state.mjs');

/** Does a job in a process of its own, built as the program is, so that memory is what the program takes. */
function child(job: Job): { seconds: number; cpu: number; peakMb: number; said: string } {
  const started = performance.now();
  const env = { ...process.env, BENCH_STATE: JSON.stringify(job) };
  const { stdout } = spawnSync(process.execPath, [bundle], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  const wall = (performance.now() - started) / 1000;
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
  console.log(
    `${job.what} ${job.table}: ${result.seconds.toFixed(2)} s (${wall.toFixed(2)} s with its process), ${result.cpu.toFixed(2)} s of CPU, peak RSS ${result.peakMb.toFixed(0)} MB; ${result.said}`,
  );
  return result;
}

async function main(): Promise<void> {
  const [rowsText = '10000000', firstText = '1000000', memoryLimit = '1GB'] = process.argv.slice(2);
  const [rows, first] = [Number(rowsText), Number(firstText)];
  console.log(`command: npx tsx bench/state.ts ${rowsText} ${firstText} ${memoryLimit}`);
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`);
  console.log(`node:    ${process.version}; memory_limit ${memoryLimit}`);
  const entryPoints = [join(import.meta.dirname, 'state.ts')];
  await build({
    entryPoints,
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-state-'));
  try {
    const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), { memory_limit: memoryLimit });
    const connection = await instance.connect();
    await connection.run(`create table same as ${rowsSql(rows, rows + 1)}`);
    await connection.run(`create table load as ${rowsSql(first, first + 1)}`);
    connection.closeSync();
    instance.closeSync();
    const job = (what: Job['what'], table: string): Job => ({ what, folder, table, memoryLimit });

    child(job('remember', 'same'));
    const ratios: string[] = [];
    for (let i = 0; i < 3; i++) {
      const bareResult = child(job('bare', 'same'));
      const syncResult = child(job('sync', 'same'));
      const ratio = (of: 'seconds' | 'cpu') => (syncResult[of] / bareResult[of]).toFixed(2);
      ratios.push(`${ratio('seconds')} (CPU ${ratio('cpu')})`);
    }
    console.log(`nothing changed: sync / bare = ${ratios.join(', ')}`);

    const change = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'), { memory_limit: memoryLimit });
    const changing = await change.connect();
    await changing.run(`update same set title = title || ' and more' where rowid % 100 = 1`);
    changing.closeSync();
    change.closeSync();
    const one = child(job('sync', 'same'));
    console.log(`1 % changed: ${(rows / 100 / one.seconds).toFixed(0)} updates/s`);

    const load = child(job('sync', 'load'));
    console.log(`first load of ${first}: ${(first / load.seconds).toFixed(0)} rows/s`);
    child(job('sync', 'load'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(bundle, { force: true });
  }
}

const job = process.env['BENCH_STATE'];
if (job === undefined) await main();
else await watched(JSON.parse(job) as Job);
