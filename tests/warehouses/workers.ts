import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import type { RunSummary } from '../../runtime/facts/report.ts';
import { API_KEY } from '../support/emulator.ts';
import { bundled } from '../support/program.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';
import { MAPPING } from './support.ts';

/** How a worker has ended. */
export interface WorkerEnd {
  readonly code: number | null;
  /** Summaries of its runs. */
  readonly runs: readonly RunSummary[];
  readonly said: string;
}

/** A process that may be killed. */
export interface Worker {
  readonly process: ChildProcess;
  readonly ended: Promise<WorkerEnd>;
}

/** Workers, each a process, which share one configuration: a stream for each table of one warehouse. */
export class Workers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'destination-apollo-workers-'));
  readonly #program: string;
  #count = 0;

  private constructor(program: string) {
    this.#program = program;
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  static async over(
    emulator: Pick<Emulator, 'url'>,
    tables: Readonly<Record<string, readonly TestRow[]>>,
    config: Readonly<Record<string, unknown>>,
    program = 'connector/main.ts',
  ): Promise<Workers> {
    const workers = new Workers(await bundled(program));
    const database = join(workers.#folder, 'warehouse.duckdb');
    await makeWarehouse(database, tables);
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: emulator.url,
      source: { type: 'duckdb', database, memory_limit: '99MB' },
      streams: Object.keys(tables).map((name) => ({
        name,
        table: name,
        object: 'contacts',
        primary_key: 'id',
        mapping: MAPPING,
      })),
      rate_limits: { plan: 'organization' },
      rejects: { path: 'rejects.jsonl' },
      ...config,
    };
    writeFileSync(join(workers.#folder, 'sync.json'), JSON.stringify(json));
    return workers;
  }

  /** Starts one, in a folder of its own. */
  start(...args: readonly string[]): Worker {
    return this.startIn({}, ...args);
  }

  /** As `start`, with other variables of the environment. */
  startIn(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Worker {
    const cwd = join(this.#folder, `worker-${++this.#count}`);
    mkdirSync(cwd);
    const config = join(this.#folder, 'sync.json');
    const command = [this.#program, 'sync', '--config', config, '--output', 'json', ...args];
    const child = spawn(process.execPath, command, {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { process: child, ended: endOf(child) };
  }
}

async function endOf(child: ChildProcess): Promise<WorkerEnd> {
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = Buffer.concat(out).toString('utf8').split('\n').filter(Boolean);
  return { code, runs: lines.map((line) => JSON.parse(line)), said: Buffer.concat(said).toString('utf8') };
}
