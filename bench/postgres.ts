/**
 * What a run over a table of PostgreSQL costs beside a bare scan of the same columns: first load, nothing changed, 1 % changed, 1 %
 * removed. `npm run build && npx tsx bench/postgres.ts [rows, default 1000000] [no-op runs, default 5]`, against an API that answers at
 * once. A PostgreSQL is started for it (scripts/services/postgres.sh); DUCKDB_EXTENSIONS may name a folder of DuckDB's extensions.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [rowsText = '1000000', runsText = '5'] = process.argv.slice(2);
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

/** Starts a program that says its address in its first line. */
async function started(program: string, args: readonly string[], env = process.env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const [url] = await new Promise<[string]>((told) =>
    createInterface({ input: child.stdout }).once('line', (line) => told([line])),
  );
  return { url, stop: () => child.kill('SIGTERM') };
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

/** What reading the columns alone takes, by the same extension and in a process of its own too: they are hashed, and nothing is kept. */
async function bare(server: URL): Promise<number> {
  const secret = `host '${server.hostname}', port ${server.port}, database 'postgres', user 'postgres', password '${password}'`;
  const asked = JSON.stringify({ secret, extensions, columns: names, table: 'wh.public.people' });
  const since = performance.now();
  const scan = spawn(process.execPath, [join(import.meta.dirname, 'rows', 'bare-scan.mjs'), asked], {
    stdio: 'inherit',
  });
  const [code] = await once(scan, 'close');
  if (code !== 0) throw new Error(`The bare scan ended with ${code}.`);
  return seconds(since);
}

/** A whole run, its process and the opening of its state store included. */
async function sync(config: string): Promise<{ readonly took: number; readonly counts: string }> {
  const since = performance.now();
  const child = spawn(process.execPath, [executable, 'sync', '--config', config, '--output', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) last = line;
  const { streams, calls } = JSON.parse(last) as { streams: Record<string, unknown>[]; calls: Record<string, object> };
  const told = Object.entries(streams[0]!).filter(([, count]) => typeof count === 'number' && count > 0);
  const counts = told.map(([name, count]) => `${name} ${count}`).join(', ');
  return { took: seconds(since), counts: `${counts}; ${Object.keys(calls).join(', ')}` };
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
    state: { type: 'duckdb', path: join(folder, 'state.duckdb') },
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function measure(server: URL, url: string): Promise<void> {
  const env = { ...process.env, PGPASSWORD: password };
  const sql = (text: string) =>
    execFileSync('psql', ['-qAt', '-h', server.hostname, '-p', server.port, '-U', 'postgres', '-c', text], { env });
  const made = Object.values(columns).map((value, i) => `${value} as c${i}`);
  sql(`create type tier as enum ('gold', 'silver', 'bronze');
    create table people as select g::bigint as id, ${made.join(', ')} from generate_series(1, ${rows}) g order by md5(g::text);
    alter table people add primary key (id); analyze people`);
  const config = configured(server, url);
  const run = async (name: string) => {
    const { took, counts } = await sync(config);
    console.log(`| ${name} | ${took.toFixed(1)} s | ${counts} |`);
    return took;
  };
  await run('first load');
  const ratios: number[] = [];
  for (let i = 0; i < runs; i++) {
    const [scan, noop] = [await bare(server), await run('nothing changed')];
    ratios.push(noop / scan);
    console.log(
      `| bare scan | ${scan.toFixed(1)} s | ratio ${(noop / scan).toFixed(2)}, load ${loadavg()[0]!.toFixed(1)} |`,
    );
  }
  console.log(`median ratio: ${ratios.sort((a, b) => a - b)[Math.floor(runs / 2)]!.toFixed(2)}`);
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
