import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { withDatabaseFile } from '../support/database-file.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { programFile } from '../support/program.ts';
import { sweepOver } from '../support/runs.ts';

// What the image gives in a container of 256 MB.
const NODE_OPTIONS = '--max-old-space-size=77 --max-semi-space-size=4';

// More kinds of requests than there are full ones of: all rows would wait.
const LISTS = 300;

interface Case {
  readonly command: string;
  readonly rows: number;
  /** SQL of a column that is not mapped. */
  readonly notes: string;
}

/** Sources, and the same as messages, none of which fits into the heap as a whole. */
const cases: readonly Case[] = [
  { command: 'sync', rows: 3000, notes: "repeat('-', 32000)" },
  { command: 'write', rows: 1500, notes: "repeat('日', 50000)" },
  { command: 'preview', rows: 3000, notes: "repeat('-', 32000)" },
];

sweepOver(cases.map((one) => [one] as const))(
  'what waits for full requests fits into a small heap: %o',
  async (one) => {
    const apollo = await startApollo();
    const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const at = (name: string): string => join(folder, name);
    await withDatabaseFile(at('warehouse.duckdb'), async (connection) => {
      await connection.run(`create table people as select i::varchar as id, 'p' || i || '@example.com' as email,
      'List ' || (i % ${LISTS}) as list, ${one.notes} as notes from range(${one.rows}) t(i)`);
      if (one.command === 'write') {
        await connection.run(`copy (select 'RECORD' as type, {stream: 'people', data: people, emitted_at: 1} as record from people)
        to '${at('stdin')}' (format json)`);
      }
    });
    writeFileSync(at('catalog.json'), JSON.stringify(catalog));
    writeFileSync(at('config.json'), JSON.stringify(configOf(one.command, { url: apollo.url, at })));

    const args = [one.command, '--config', at('config.json')];
    const more = one.command === 'write' ? ['--catalog', at('catalog.json')] : ['--output', 'json'];
    const { code, stderr } = await shell([...args, ...more], one.command === 'write' ? at('stdin') : '/dev/null');
    expect({ code, stderr: stderr.slice(-500) }).toMatchObject({ code: 0 });
    expect(apollo.store.contacts.size).toBe(one.command === 'preview' ? 0 : one.rows);
  },
);

const catalog = {
  streams: [
    {
      stream: { name: 'people', json_schema: { type: 'object' }, supported_sync_modes: ['full_refresh'] },
      ...{ sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup', primary_key: [['id']] },
    },
  ],
};

function configOf(command: string, { url, at }: { readonly url: string; readonly at: (name: string) => string }) {
  const mapping = ['email', 'list'].map((from) => ({ to: from === 'list' ? 'lists' : from, from }));
  const stream = { name: 'people', object: 'contacts', primary_key: 'id', updates: 'bulk', mapping };
  const source = { type: 'duckdb', database: at('warehouse.duckdb'), memory_limit: '200MB' };
  return {
    credentials: { auth_type: 'api_key', api_key: API_KEY },
    api_base_url: url,
    rate_limits: { plan: 'custom', per_minute: 1e6, per_hour: 1e7, per_day: 1e8 },
    rejects: { path: at('rejects.jsonl') },
    ...(command === 'write'
      ? { streams: [stream] }
      : { streams: [{ ...stream, table: 'people' }], source, state: { type: 'none' } }),
  };
}

/** Runs the program as a shell does, with a file on its stdin. */
async function shell(args: readonly string[], stdin: string) {
  const command = ['-c', `exec "$0" "$@" < '${stdin}' > /dev/null`, process.execPath, await programFile(), ...args];
  const child = spawn('sh', command, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_OPTIONS } });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}
