/**
 * What a run takes of memory with the settings that the image has in 256 MB: `npm run build && npx tsx bench/memory.ts [rows, default
 * 1000000] [characters of a column that is not mapped, default 0]`. A first load, then a run in which each row has changed, against an
 * API that answers at once; anonymous memory of the process, looked at five times a second (Linux). V8's and jemalloc's settings are
 * those of the environment where it has some.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const [rows = 1_000_000, notes = 0] = process.argv.slice(2).map(Number);
const FIELDS = ['email', 'first_name', 'last_name', 'title', 'organization_name'];
const here = import.meta.dirname;
const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
const at = (name: string): string => join(folder, name);

// As in the Dockerfile; 77 MB are 30 % of 256 MB, and 51 MB a fifth.
const settings = {
  MALLOC_ARENA_MAX: '2',
  DUCKDB_JE_MALLOC_CONF: 'dirty_decay_ms:0,muzzy_decay_ms:0',
  NODE_OPTIONS: '--max-old-space-size=77 --max-semi-space-size=4',
  ...process.env,
};

async function inWarehouse(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(at('warehouse.duckdb'));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

async function run(what: string): Promise<void> {
  const program = join(here, '..', 'dist', 'destination-apollo.mjs');
  const started = Date.now();
  const child = spawn(process.execPath, [program, 'sync', '--config', at('config.json'), '--output', 'json'], {
    env: settings,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 200);
  const [code] = await once(child, 'close');
  clearInterval(look);
  console.log(
    `${what}: exit code ${code}, ${Math.round((Date.now() - started) / 1000)} s, peak ${Math.round(peak / 1024)} MB`,
  );
}

const api = spawn(process.execPath, ['--import', 'tsx', join(here, 'rows', 'api.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [url] = await once(createInterface(api.stdout!), 'line');
  await inWarehouse(`create table people as select i as id, 'person' || i || '@company' || (i % 9973) || '.example' as email,
    'First' || i as first_name, 'Last' || i as last_name, 'Title ' || (i % 50) as title, 'Company ' || (i % 9973) as organization_name,
    rpad(i::varchar, ${notes}, '-') as notes
    from range(${rows}) t(i)`);
  const stream = { name: 'people', table: 'people', object: 'contacts', primary_key: 'id', updates: 'bulk' };
  const config = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: url,
    rate_limits: { plan: 'custom', per_minute: 1e6, per_hour: 1e7, per_day: 1e8 },
    source: { type: 'duckdb', database: at('warehouse.duckdb'), memory_limit: '51MB' },
    streams: [{ ...stream, mapping: FIELDS.map((name) => ({ to: name, from: name })) }],
    rejects: { path: at('rejects.jsonl') },
    state: { type: 'duckdb', path: at('state.duckdb') },
  };
  await writeFile(at('config.json'), JSON.stringify(config));
  console.log(
    `Node ${process.version}, ${rows} rows, ${notes} characters more each, ${settings.NODE_OPTIONS} ${settings.DUCKDB_JE_MALLOC_CONF}`,
  );
  await run('first load');
  await inWarehouse(`update people set title = 'Chief ' || (id % 50)`);
  await run('each row changed');
} finally {
  api.kill();
  await rm(folder, { recursive: true, force: true });
}
