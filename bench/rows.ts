/**
 * What a row costs beside what its JSON costs: CPU seconds, of all threads, and peak memory of each command's own process, against
 * an API that answers at once. `npm run build && npx tsx bench/rows.ts [rows, default 200000] [what, default all]`; `what` is the
 * beginning of a line's name. Other programs on the machine make seconds longer; ratios suffer less.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';

const [rowsText = '200000', what = ''] = process.argv.slice(2);
const rows = Number(rowsText);
const CDK = 'airbyte-cdk==7.39.1';
const FIELDS = ['email', 'first_name', 'last_name', 'title', 'organization_name'];
const here = join(import.meta.dirname, 'rows');
const executable = join(import.meta.dirname, '..', 'dist', 'destination-apollo.mjs');

interface Used {
  readonly cpu: number;
  readonly peakMb: number;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-rows-'));
const at = (name: string): string => join(folder, name);

const valuesOf = (i: number) => [
  `person${i}@corp${i % 5000}.example`,
  `First${i % 4000}`,
  `Last${i % 7919}`,
  `Head of ${i % 300}`,
  `Organization ${i % 5000}`,
];

async function makeInput(): Promise<void> {
  const file = createWriteStream(at('messages.jsonl'));
  const wrap = (data: object) =>
    `${JSON.stringify({ type: 'RECORD', record: { stream: 'contacts', data, emitted_at: 1_795_291_150_674 } })}\n`;
  const state = `${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: 'contacts' }, stream_state: {} } } })}\n`;
  for (let from = 0; from < rows; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - from) }, (_, n) => {
      const values = valuesOf(from + n);
      return wrap({ id: from + n, ...Object.fromEntries(FIELDS.map((name, field) => [name, values[field]])) });
    });
    if (!file.write(lines.join('') + (from % 10_000 === 9000 ? state : '')))
      await new Promise<void>((go) => file.once('drain', () => go()));
  }
  await new Promise<void>((ended) => file.end(state, ended));
}

async function makeWarehouse(): Promise<void> {
  const instance = await DuckDBInstance.create(at('warehouse.duckdb'));
  const connection = await instance.connect();
  await connection.run(`create table contacts as select i as id, 'person' || i || '@corp' || (i % 5000) || '.example' as email,
    'First' || (i % 4000) as first_name, 'Last' || (i % 7919) as last_name, 'Head of ' || (i % 300) as title,
    'Organization ' || (i % 5000) as organization_name from range(${rows}) as r(i)`);
  connection.closeSync();
  instance.closeSync();
}

async function writeConfigs(url: string): Promise<void> {
  const common = { credentials: { auth_type: 'api_key', api_key: 'emulator-key' }, api_base_url: url };
  const stream = { name: 'contacts', object: 'contacts', primary_key: 'id' };
  const streams = [{ ...stream, mapping: FIELDS.map((name) => ({ to: name, from: name })) }];
  const sync = {
    ...common,
    // As the Free plan, an API without limits has none to wait for.
    rate_limits: { plan: 'custom', per_minute: 1e6, per_hour: 1e7, per_day: 1e8 },
    source: { type: 'duckdb', database: at('warehouse.duckdb') },
    streams: streams.map((each) => ({ ...each, table: 'contacts' })),
    rejects: { path: at('rejects.jsonl') },
  };
  const { rate_limits } = sync;
  await writeFile(
    at('write.json'),
    JSON.stringify({ ...common, rate_limits, streams, rejects: { path: at('rejects.jsonl') } }),
  );
  await writeFile(at('sync.json'), JSON.stringify({ ...sync, state: { type: 'none' } }));
  await writeFile(at('store.json'), JSON.stringify({ ...sync, state: { type: 'duckdb', path: at('state.duckdb') } }));
  const properties = Object.fromEntries(['id', ...FIELDS].map((name) => [name, { type: 'string' }]));
  const json_schema = { type: 'object', properties };
  const catalog = {
    streams: [
      {
        stream: { name: 'contacts', json_schema, supported_sync_modes: ['full_refresh'] },
        sync_mode: 'full_refresh',
        destination_sync_mode: 'append_dedup',
        primary_key: [['id']],
      },
    ],
  };
  await writeFile(at('catalog.json'), JSON.stringify(catalog));
}

/** Runs a program to its end, with the messages on its stdin where it wants them. */
async function used(program: string, args: readonly string[], stdin = '/dev/null'): Promise<Used> {
  const hook = join(here, 'tell-usage.cjs');
  // A shell hands the file over, so that nothing has to pump it.
  const command = `exec "$0" "$@" < '${stdin}' > '${at('stdout')}'`;
  const own = program === process.execPath ? ['--require', hook] : [];
  const child = spawn('sh', ['-c', command, program, ...own, ...args], {
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((end) => child.once('close', end));
  const [said, told, code] = await Promise.all([
    text(child.stderr!),
    text(child.stdio[3] as NodeJS.ReadableStream),
    ended,
  ]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`);
  return JSON.parse(told || said.trim().split('\n').at(-1)!) as Used;
}

const node = (...args: readonly string[]) => used(process.execPath, args);
const command = (...args: readonly string[]) => node(executable, ...args);

/** The one of several runs that others have disturbed least. */
async function least(times: number, run: () => Promise<Used>): Promise<Used> {
  const runs: Used[] = [];
  for (let time = 0; time < times; time++) runs.push(await run());
  return runs.reduce((best, one) => (one.cpu < best.cpu ? one : best));
}

function print(name: string, { cpu, peakMb }: Used, count: number, beside = ''): void {
  const each = count === 1 ? '' : `${((cpu * 1e6) / count).toFixed(1)} µs a row, `;
  console.log(`| ${name} | ${each}${cpu.toFixed(2)} s | ${Math.round(peakMb)} MB | ${beside} |`);
}

const ratio = (one: Used, other: Used, name: string): string => `${(one.cpu / other.cpu).toFixed(2)} × ${name}`;

/** Ends the process, and says why, where Python or its packages cannot be had. */
async function plainDestination(): Promise<Used> {
  // @ts-expect-error: a module without types, which the tests of Python have.
  const { pythonEnvironment } = await import('../tests/support/python-environment.mjs');
  const programs = pythonEnvironment([CDK], { to: [3, 14] }) as string;
  const args = [
    join(here, 'plain_destination.py'),
    'write',
    '--config',
    at('write.json'),
    '--catalog',
    at('catalog.json'),
  ];
  return used(join(programs, 'python'), args, at('messages.jsonl'));
}

const writing = (): Promise<Used> => {
  const args = [executable, 'write', '--config', at('write.json'), '--catalog', at('catalog.json')];
  return used(process.execPath, args, at('messages.jsonl'));
};

/** What `npm run bench:guard` allows `write` to cost, start-up included, as a multiple of parsing: twice what it was when this was set. */
const CEILING = 63;

/** Fails where a row costs much more than it did: CPU, not time, and of several runs the least, so that a busy machine does no harm. */
async function guard(): Promise<void> {
  const times = 10;
  const parse = await least(3, () => node(join(here, 'parse.mjs'), at('messages.jsonl'), String(times)));
  const write = await least(3, writing);
  const multiple = write.cpu / (parse.cpu / times);
  console.log(`write of ${rows} records: ${multiple.toFixed(1)} × parsing them; at most ${CEILING}`);
  if (multiple > CEILING) process.exitCode = 1;
}

const lines: Readonly<Record<string, () => Promise<void>>> = {
  write: async () => {
    const parse = await node(join(here, 'parse.mjs'), at('messages.jsonl'));
    print('split and parse alone', parse, rows);
    const write = await writing();
    print('write', write, rows, ratio(write, parse, 'parsing'));
  },
  sync: async () => {
    print('sync, no store', await command('sync', '--config', at('sync.json'), '--output', 'json'), rows);
    print(
      'sync, first load of the store',
      await command('sync', '--config', at('store.json'), '--output', 'json'),
      rows,
    );
    print('sync, nothing changed', await command('sync', '--config', at('store.json'), '--output', 'json'), rows);
  },
  preview: async () => {
    print('preview of unknown rows', await command('preview', '--config', at('sync.json'), '--output', 'json'), rows);
  },
  start: async () => {
    const bare = await least(5, () => node('-e', '0'));
    print('node -e 0', bare, 1);
    for (const args of [['--version'], ['--help'], ['spec']]) {
      const start = await least(5, () => command(...args));
      print(args.join(' '), start, 1, ratio(start, bare, 'node -e 0'));
    }
  },
  plain: async () => {
    const plain = await plainDestination();
    print('write of a plain destination (Python CDK)', plain, rows, ratio(await writing(), plain, 'it is ours'));
  },
};

// Python may end the process.
process.on('exit', () => {
  api.kill();
  rmSync(folder, { recursive: true, force: true });
});
const api = spawn(process.execPath, ['--import', 'tsx', join(here, 'api.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [url] = await new Promise<[string]>((told) =>
    createInterface({ input: api.stdout }).once('line', (line) => told([line])),
  );
  await Promise.all([makeInput(), makeWarehouse(), writeConfigs(url)]);
  const load = loadavg().map((one) => one.toFixed(1));
  console.log(
    `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, load ${load[0]}`,
  );
  console.log(`npx tsx bench/rows.ts ${rows} ${what}`.trim());
  if (what === 'guard') await guard();
  else {
    console.log('| what | CPU | peak memory | beside |\n| --- | --- | --- | --- |');
    for (const [name, line] of Object.entries(lines)) if (name.startsWith(what)) await line();
  }
} finally {
  api.kill();
}
