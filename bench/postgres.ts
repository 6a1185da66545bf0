/**
 * What a run over a table of PostgreSQL costs beside a bare scan of the same columns, by the clock and in CPU, that of the server
 * included: first load, nothing changed, 1 % changed, 1 % removed; with state in a file, or in the same PostgreSQL or a lake of it.
 * `npm run build && npx tsx bench/postgres.ts [rows, default 1000000] [no-op runs, default 5] [file|postgres|ducklake]`, against an
 * API that answers at once. A PostgreSQL is started for it (scripts/services/postgres.sh); DUCKDB_EXTENSIONS may name a folder of DuckDB's extensions.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const [rowsText = '1000000', runsText = '5', kind = 'file'] = process.argv.slice(2);
const [rows, runs] = [Number(rowsText), Number(runsText)];
const folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
const executable = join(import.meta.dirname, '..', 'dist', 'destination-apollo.mjs');
const extensions = process.env['DUCKDB_EXTENSIONS'];
const password = 'bench';

/** The 15 columns, of every kind, by the field that each is mapped to; not in the order of their key on disk. */
const columns = {
  email: `'person' || g || '@corp' || g % 50000 || '.example'`,
  first_name: `'First' || g % 4000`,
  last_name: `'Last' || g % 7919`,
  organization_name: `'Company ' || g % 50000`,
  'custom:Employees': `(g % 100000)::int`,
  'custom:Step': `(g % 7)::smallint`,
  'custom:Active': `g % 2 = 0`,
  'custom:Amount': `(g * 1.13)::numeric(14, 2)`,
  'custom:Score': `(g / 7.0)::float8`,
  'custom:Born': `date '2020-01-01' + (g % 1000)::int`,
  'custom:Updated': `timestamptz '2024-01-01 00:00+00' + g * interval '1 second'`,
  'custom:Reference': `md5(g::text)::uuid`,
  'custom:Extra': `jsonb_build_object('n', g)`,
  'custom:Tier': `(array['gold', 'silver', 'bronze'])[1 + g % 3]::tier`,
};
const names = ['id', ...Object.keys(columns).map((_, i) => `c${i}`)];

/** Statements of the superuser, and the process that starts the server's sessions, once there is a server. */
let sql: (text: string) => string = () => '';
let postmaster: string | undefined;

/** Starts a program that says its address in its first line. */
async function started(program: string, args: readonly string[], env = process.env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const [url] = await new Promise<[string]>((told) =>
    createInterface({ input: child.stdout }).once('line', (line) => told([line])),
  );
  return { url, stop: () => child.kill('SIGTERM') };
}

/** What something took: by the clock, in CPU of its own process, and in CPU of the server. */
interface Cost {
  readonly took: number;
  readonly own: number;
  readonly server: number;
}

const costText = ({ took, own, server }: Cost): string =>
  `${took.toFixed(1)} s | ${own.toFixed(2)} s + ${server.toFixed(2)} s`;

/** Runs a program of Node to its end, its process and all that it opens included; what it cost, and the last line that it said. */
async function used(program: string, args: readonly string[]): Promise<Cost & { readonly last: string }> {
  const hook = join(import.meta.dirname, 'rows', 'tell-usage.cjs');
  const before = await serverCpu();
  const since = performance.now();
  const child = spawn(process.execPath, ['--require', hook, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const [said, told, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stdio[3] as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  const took = (performance.now() - since) / 1000;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
  const { cpu: own } = JSON.parse(told) as { cpu: number };
  return { took, own, server: (await serverCpu()) - before, last: said.trim().split('\n').at(-1)! };
}

/** CPU of the sessions that have ended, in seconds, once all have: the process that starts them has it from the kernel. */
async function serverCpu(): Promise<number> {
  if (postmaster === undefined) return 0;
  const others = `select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  while (sql(others).trim() !== '0');
  const [, fields = ''] = readFileSync(`/proc/${postmaster}/stat`, 'utf8').split(') ');
  const [userTicks, systemTicks] = fields.split(' ').slice(13, 15).map(Number);
  return (userTicks! + systemTicks!) / 100;
}

/** What reading the columns alone takes, by the same extension and in a process of its own too: they are hashed, and nothing is kept. */
function bare(server: URL): Promise<Cost> {
  const secret = `host '${server.hostname}', port ${server.port}, database 'postgres', user 'postgres', password '${password}'`;
  const asked = JSON.stringify({ secret, extensions, columns: names, table: 'wh.public.people' });
  return used(join(import.meta.dirname, 'rows', 'bare-scan.mjs'), [asked]);
}

/** A whole run. */
async function sync(config: string): Promise<{ readonly cost: Cost; readonly counts: string }> {
  const cost = await used(executable, ['sync', '--config', config, '--output', 'json']);
  const { streams, calls } = JSON.parse(cost.last) as {
    streams: Record<string, unknown>[];
    calls: Record<string, object>;
  };
  const told = Object.entries(streams[0]!).filter(([, count]) => typeof count === 'number' && count > 0);
  const counts = told.map(([name, count]) => `${name} ${count}`).join(', ');
  return { cost, counts: `${counts}; ${Object.keys(calls).join(', ')}` };
}

/** Where runs keep state. */
function stateIn({ hostname: host, port }: URL): object {
  if (kind === 'file') return { type: 'duckdb', path: join(folder, 'state.duckdb') };
  const keys = { host, port: Number(port), database: 'postgres', user: 'postgres', password, schema: 'state' };
  return kind === 'postgres'
    ? { type: 'postgres', ...keys }
    : { type: 'ducklake', ...keys, data_path: join(folder, 'lake') };
}

function configured(server: URL, url: string): string {
  const secret = { name: 'pg', type: 'postgres', host: server.hostname, port: Number(server.port) };
  const path = join(folder, 'sync.json');
  const stream = { name: 'people', table: 'wh.public.people', object: 'contacts', primary_key: 'id', updates: 'bulk' };
  const config = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: url,
    rate_limits: { plan: 'custom', per_minute: 1e6, per_hour: 1e7, per_day: 1e8 },
    source: {
      type: 'duckdb',
      ...(extensions && { extension_directory: extensions }),
      secrets: [{ ...secret, database: 'postgres', user: 'postgres', password }],
      attach: [{ path: '', type: 'postgres', alias: 'wh', secret: 'pg' }],
    },
    streams: [{ ...stream, mapping: Object.keys(columns).map((to, i) => ({ to, from: `c${i}` })) }],
    rejects: { path: join(folder, 'rejects.jsonl') },
    state: stateIn(server),
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function measure(server: URL, url: string): Promise<void> {
  sql = (text) =>
    execFileSync('psql', ['-qAt', '-h', server.hostname, '-p', server.port, '-U', 'postgres', '-c', text], {
      env: { ...process.env, PGPASSWORD: password },
      encoding: 'utf8',
    });
  postmaster = sql(`select pg_read_file('postmaster.pid')`).split('\n', 1)[0];
  const made = Object.values(columns).map((value, i) => `${value} as c${i}`);
  sql(`create type tier as enum ('gold', 'silver', 'bronze');
    create table people as select g::bigint as id, ${made.join(', ')} from generate_series(1, ${rows}) g order by md5(g::text);
    alter table people add primary key (id); analyze people`);
  const config = configured(server, url);
  const run = async (name: string) => {
    const { cost, counts } = await sync(config);
    console.log(`| ${name} | ${costText(cost)} | ${counts} |`);
    return cost;
  };
  await run('first load');
  const ratios: number[] = [];
  const cpuRatios: number[] = [];
  for (let i = 0; i < runs; i++) {
    const [scan, noop] = [await bare(server), await run('nothing changed')];
    const [ratio, cpuRatio] = [noop.took / scan.took, (noop.own + noop.server) / (scan.own + scan.server)];
    ratios.push(ratio);
    cpuRatios.push(cpuRatio);
    const said = `ratio ${ratio.toFixed(2)}, in CPU ${cpuRatio.toFixed(2)}, load ${loadavg()[0]!.toFixed(1)}`;
    console.log(`| bare scan | ${costText(scan)} | ${said} |`);
  }
  console.log(`median ratio: ${median(ratios).toFixed(2)}, in CPU ${median(cpuRatios).toFixed(2)}`);
  sql(`update people set c1 = 'New' where id % 100 = 0`);
  await run('1 % changed');
  sql('delete from people where id % 100 = 1');
  await run('1 % removed');
}

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\nnpx tsx bench/postgres.ts ${rowsText} ${runsText}`,
);
const script = join(import.meta.dirname, '..', 'scripts', 'services', 'postgres.sh');
const postgres = await started('bash', [script], { ...process.env, POSTGRES_PASSWORD: password });
const api = await started(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'rows', 'api.ts')]);
try {
  await measure(new URL(postgres.url), api.url);
} finally {
  api.stop();
  postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
