import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { lastOfKey } from '../../runtime/airbyte/input/last-of-key.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { Configured, Dependencies, Notice, Traffic } from '../../runtime/contract/destination.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Outcome } from '../../runtime/contract/outcome.ts';
import type { SourceRow } from '../../runtime/contract/record.ts';
import { noStateStore } from '../../runtime/contract/state-store.ts';
import { deliver } from '../../runtime/deliver/pipeline.ts';
import { EXIT_CODES, EXIT_USAGE } from '../../runtime/facts/exit-codes.ts';
import type { RejectLine } from '../../runtime/facts/reject-line.ts';
import type { RunStatus, RunSummary } from '../../runtime/facts/report.ts';
import { type Preview, preview } from '../../runtime/run/preview/preview.ts';
import type { RunOptions } from '../../runtime/run/run-options.ts';
import { sync } from '../../runtime/run/sync.ts';
import type { Config } from '../../spec/config.ts';
import { API_KEY } from './emulator.ts';
import { EmulatorClock } from './emulator-clock.ts';
import { makeWarehouse, type TestRow } from './warehouse.ts';

/** A run to be made: a warehouse, a configuration, and the Apollo that it writes to. */
export interface Setup {
  readonly apollo: Pick<Emulator, 'url'>;
  /** Tables by name; with `rows` alone there is one, `rows`. */
  readonly tables?: Readonly<Record<string, readonly TestRow[]>>;
  readonly rows?: readonly TestRow[];
  /** As a person writes them; name, table and object default to `rows` and contacts. */
  readonly streams?: readonly Readonly<Record<string, unknown>>[];
  readonly stream?: Readonly<Record<string, unknown>>;
  /** Other keys of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  readonly run?: AbortController;
  readonly only?: readonly string[];
  readonly enable?: boolean;
}

/** How a run ended, and all that it said. */
export interface Run {
  readonly status: RunStatus;
  /** What a shell would show. */
  readonly exit: number;
  readonly summary: RunSummary;
  readonly rejects: readonly RejectLine[];
  /** Warnings and notices of waits, as a person sees them on stderr. */
  readonly told: readonly string[];
}

/** What became of each row, in the order of the source: `created`, `rejected match_conflict`, `deferred run_limit`. */
export interface Delivered extends Traffic {
  readonly outcomes: readonly string[];
  readonly settled: readonly Outcome[];
  readonly warnings: readonly string[];
  /** Why it was stopped; undefined where nothing stopped it. */
  readonly cause: unknown;
}

interface Prepared {
  readonly configured: Configured<Config>;
  readonly options: RunOptions;
  readonly dependencies: Dependencies;
  readonly rejectsPath: string;
  readonly told: string[];
}

/** `sync` from a DuckDB file, in process, without a state store. Throws where nothing was sent. */
export async function runSync(setup: Setup): Promise<Run> {
  const { configured, options, dependencies, rejectsPath, told } = await prepared(setup);
  for await (const event of sync(apollo, configured, options, dependencies)) {
    if (event.type === 'warning') told.push(event.message);
    if (event.type !== 'finished') continue;
    const { summary } = event;
    return { status: summary.status, exit: EXIT_CODES[summary.status], summary, rejects: linesOf(rejectsPath), told };
  }
  throw new Error('The run ended without a summary.');
}

/** A run that must not come to send anything: its exit code and what it says. */
export async function refusal(setup: Setup): Promise<{ exit: number; message: string }> {
  try {
    const { status } = await runSync(setup);
    return { exit: EXIT_CODES[status], message: 'The run went on.' };
  } catch (error) {
    if (error instanceof ConfigFailure) return { exit: EXIT_USAGE, message: error.message };
    throw error;
  }
}

/** `preview` of the same run. */
export async function runPreview(setup: Setup): Promise<Preview> {
  const { configured, options, dependencies } = await prepared(setup);
  return preview(apollo, configured, { ...options, show: 0 }, dependencies);
}

/** The rows of the first stream through the pipeline, without a database: what became of each. */
export async function deliverRows(setup: Setup): Promise<Delivered> {
  const { configured, dependencies, run } = configuredRun(setup, join(tmpdir(), 'not-written.jsonl'), 'none.duckdb');
  const { rows = [] } = setup;
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const connection = apollo.connect(configured.config, dependencies);
  const settled: Outcome[] = [];
  let cause: unknown;
  let warnings: readonly string[] = [];
  try {
    const opened = await connection.open(configured.config.streams[0]!, 'streams[0]', columns, run.signal);
    ({ warnings } = opened);
    const chunks = chunksOf(rows, { ...opened.writer.key, primaryKeyColumn: undefined }, run.signal);
    const around = { store: noStateStore, run, clock: dependencies.clock };
    for await (const chunk of deliver(chunks, opened.writer, around)) {
      for (const { position, outcome, revises } of chunk) {
        if (settled[position]?.status !== revises) throw new Error(`Row ${position} has two outcomes.`);
        settled[position] = outcome;
      }
    }
  } catch (error) {
    cause = error;
  } finally {
    await connection.close();
  }
  return { ...connection.traffic(), settled, outcomes: Array.from(settled, outcomeText), warnings, cause };
}

const chunkSize = 250;

/** Rows as a source hands them out: in chunks, earlier ones of a match key marked, and none after the run was stopped. */
async function* chunksOf(
  rows: readonly TestRow[],
  writer: Parameters<typeof lastOfKey>[2],
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRow[]> {
  const full = rows.map((row) => Object.fromEntries(Object.entries(row)));
  const marked = lastOfKey(full, 0, writer).rows;
  for (let from = 0; from < marked.length; from += chunkSize) {
    signal.throwIfAborted();
    yield marked.slice(from, from + chunkSize);
  }
}

/** A status, with the code that goes with it. */
export function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'none';
  if (outcome.status === 'rejected') return `rejected ${outcome.rejection.code}`;
  return outcome.status === 'deferred' ? `deferred ${outcome.code}` : outcome.status;
}

async function prepared(setup: Setup): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = join(folder, 'warehouse.duckdb');
  await makeWarehouse(database, setup.tables ?? { rows: setup.rows ?? [] });
  const rejectsPath = join(folder, 'rejects.jsonl');
  const { run, ...made } = configuredRun(setup, rejectsPath, database);
  const source = { temporaryDirectory: folder };
  return {
    ...made,
    options: {
      runId: 'test-run',
      only: setup.only ?? [],
      enable: setup.enable ?? false,
      run,
      source,
    },
    rejectsPath,
  };
}

function configuredRun({ apollo: server, clock, run, ...setup }: Setup, rejectsPath: string, database: string) {
  const json = {
    credentials: { auth_type: 'api_key', api_key: API_KEY },
    api_base_url: server.url,
    // DuckDB takes one thread where memory is small, which is cheaper for a few rows.
    source: { type: 'duckdb', database, memory_limit: '99MB' },
    streams: (setup.streams ?? [setup.stream ?? {}]).map((stream) => ({
      name: 'rows',
      table: stream['name'] ?? 'rows',
      object: 'contacts',
      ...stream,
    })),
    rate_limits: { plan: 'organization' },
    state: { type: 'none' },
    ...setup.config,
    rejects: { path: rejectsPath, ...(setup.config?.['rejects'] as object | undefined) },
  };
  const told: string[] = [];
  const dependencies: Dependencies = {
    clock: clock ?? new EmulatorClock(),
    environment: {},
    version: '0.0.0',
    notice: ({ message }: Notice) => void told.push(message),
  };
  return { configured: apollo.configure(json, 'sync', {}), dependencies, told, run: run ?? new AbortController() };
}

function linesOf(path: string): readonly RejectLine[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RejectLine);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
