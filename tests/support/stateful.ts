import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { LakeState, ServerState } from '../../runtime/contract/state-config.ts';
import { identifier } from '../../runtime/duckdb/sql.ts';
import { REMOVED_STATUSES, type RunStatus, type RunSummary, type StreamReport } from '../../runtime/facts/report.ts';
import type { InventoryResult } from '../../runtime/run/inventory/read-inventory.ts';
import { takeInventory } from '../../runtime/run/inventory/take-inventory.ts';
import { type Preview, preview } from '../../runtime/run/preview/preview.ts';
import type { RunOptions } from '../../runtime/run/run-options.ts';
import { sync } from '../../runtime/run/sync.ts';
import { lookInto } from '../../runtime/state/file/look.ts';
import { CATALOG } from '../../runtime/state/schema.ts';
import { withCountedMaps } from './counted-maps.ts';
import { withDatabaseFile } from './database-file.ts';
import { API_KEY } from './emulator.ts';
import { identityFaults, type JudgedStream } from './one-record-a-row.ts';
import { makeWarehouse, type TestRow } from './warehouse.ts';

export interface RunsOptions {
  readonly clock: Clock;
  /** As a person writes it; name, table and object are rows, rows and contacts. */
  readonly stream?: Readonly<Record<string, unknown>>;
  /** Other keys of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Where the next run keeps its state, instead of in a file of its own. */
  readonly state?: () => object | undefined;
}

/** How one of several runs ended: counts that are not 0, and calls that may write. */
export interface Ended {
  readonly status: RunStatus;
  readonly counts: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  /** Of rows that are gone; undefined where the stream leaves them alone. */
  readonly removed: Readonly<Record<string, number>> | undefined;
  readonly codes: Readonly<Record<string, number>>;
  readonly retryAt: string | null;
  readonly savedCalls: number;
  /** Requests that a plan kept from being sent. */
  readonly withheld: Readonly<Record<string, number>> | undefined;
  /** Rows that went beyond a plan, by stream. */
  readonly withheldRecords: Readonly<Record<string, object>> | undefined;
  readonly notices: RunSummary['notices'];
  /** Deferred rows whose records are there. */
  readonly unfinished: number;
  readonly told: readonly string[];
  readonly cause: unknown;
}

/** Runs that follow one another over one state store, each with its rows in the same warehouse file. */
export class Runs {
  readonly folder: string;
  /** How many rows the last run or preview has mapped. */
  mapped = 0;
  /** The warnings of the last run or preview. */
  told: readonly string[] = [];
  /** The summary of the last run. */
  summary!: RunSummary;
  readonly #apollo: Pick<Emulator, 'url'>;
  readonly #options: RunsOptions;

  constructor(server: Pick<Emulator, 'url'>, options: RunsOptions, folder?: string) {
    this.#apollo = server;
    this.#options = options;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
    if (folder === undefined) onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get state(): string {
    return join(this.folder, 'state.duckdb');
  }

  /** One run over these rows, by this stream where it differs. */
  async sync(
    rows: readonly TestRow[],
    more: {
      stream?: Readonly<Record<string, unknown>>;
      config?: Readonly<Record<string, unknown>>;
    } & Partial<RunOptions> = {},
  ): Promise<Ended> {
    const { stream, config, ...options } = more;
    const { configured, dependencies, told, source, run } = await this.#prepared(rows, stream, config);
    for await (const event of sync(this.#counted(), configured, { only: [], run, source, ...options }, dependencies)) {
      if (event.type !== 'finished') continue;
      const { summary, savedCalls, cause } = event;
      this.summary = summary;
      const [report] = summary.streams;
      const calls = Object.entries(summary.calls).filter(([request]) => !request.startsWith('GET '));
      return {
        status: summary.status,
        counts: report ? countsOf(report) : {},
        calls: Object.fromEntries(calls),
        removed: report?.removed && removedOf(report.removed),
        codes: codesOf(report),
        retryAt: summary.retry_at,
        savedCalls,
        withheld: summary.plan?.withheld,
        withheldRecords: summary.plan?.withheld_records,
        notices: summary.notices,
        unfinished: report?.deferred_in_apollo ?? 0,
        told,
        cause,
      };
    }
    throw new Error('The run ended without a summary.');
  }

  async preview(
    rows: readonly TestRow[],
    config?: Readonly<Record<string, unknown>>,
    more: Partial<RunOptions> & { readonly exact?: boolean; readonly rows?: string } = {},
  ): Promise<Preview> {
    const { configured, dependencies, source, run } = await this.#prepared(rows, undefined, config);
    return preview(this.#counted(), configured, { only: [], run, source, show: 0, ...more }, dependencies);
  }

  #counted() {
    this.mapped = 0;
    return withCountedMaps(apollo, () => this.mapped++);
  }

  /** What Apollo has, read into the state store. */
  async inventory(
    config?: Readonly<Record<string, unknown>>,
    more: { readonly full?: boolean; readonly maxCalls?: number } = {},
  ): Promise<readonly InventoryResult[]> {
    const { configured, dependencies, source, run } = this.#configured(undefined, config);
    const options = { only: [], run, source, full: false, maxCalls: Number.POSITIVE_INFINITY, ...more };
    return takeInventory(apollo, configured, options, dependencies);
  }

  /** A run that is to be made elsewhere. */
  async configuration(rows: readonly TestRow[]): Promise<{ readonly json: unknown; readonly folder: string }> {
    const { json } = await this.#prepared(rows, undefined, undefined);
    return { json, folder: this.folder };
  }

  /** What a query finds in the state store. */
  query(sql: string): Promise<readonly Record<string, Json>[]> {
    return this.look(async (store) => (await store.runAndReadAll(sql)).getRowObjectsJson());
  }

  /** What is found in the state store, which is the current database. */
  look<T>(work: (store: DuckDBConnection) => Promise<T>): Promise<T> {
    const { state } = this.json();
    if (!isShared(state)) return withDatabaseFile(this.state, work);
    return lookInto(state, { temporaryDirectory: this.folder }, async (on) => {
      await on.run(`use ${identifier(CATALOG)}`);
      return work(on);
    });
  }

  /** What is not as it must be after a run over these rows; see `one-record-a-row.ts`. */
  async identityFaults(
    emulator: Pick<Emulator, 'store'>,
    rows: readonly TestRow[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly string[]> {
    const stream = { object: 'contacts', name: 'rows', ...this.#options.stream, ...more };
    const judged = stream as unknown as JudgedStream & { readonly name: string };
    const match = judged.object === 'accounts' ? 'domain' : 'email';
    const name = judged.primary_key ?? judged.mapping?.find(({ to }) => to === match)?.from ?? match;
    const byName = new Map(rows.map((row) => [String(row[name]), row]));
    const stored = await this.query(
      `select primary_key, destination_id, match_key, outcome from records where stream = '${judged.name}' order by all`,
    );
    return identityFaults(
      emulator,
      judged,
      stored.map(({ primary_key, destination_id, match_key, outcome }) => ({
        primaryKey: String(primary_key),
        row: byName.get(String(primary_key)),
        outcome: String(outcome),
        id: destination_id as string | null,
        matchKey: match_key as string | null,
      })),
    );
  }

  /** The configuration of a run, where other keys of it and of its stream are these. */
  json(
    config?: Readonly<Record<string, unknown>>,
    stream?: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> {
    return {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: this.#apollo.url,
      // DuckDB takes one thread where memory is small, which is cheaper for a few rows.
      source: { type: 'duckdb', database: join(this.folder, 'warehouse.duckdb'), memory_limit: '99MB' },
      streams: [{ name: 'rows', table: 'rows', object: 'contacts', ...this.#options.stream, ...stream }],
      rate_limits: { plan: 'organization' },
      rejects: { path: join(this.folder, 'rejects.jsonl') },
      state: this.#options.state?.() ?? { type: 'duckdb', path: this.state },
      ...this.#options.config,
      ...config,
    };
  }

  /** Lines of the rejects file. */
  rejects(): readonly string[] {
    try {
      return readFileSync(join(this.folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }

  async #prepared(
    rows: readonly TestRow[],
    stream: Readonly<Record<string, unknown>> | undefined,
    config: Readonly<Record<string, unknown>> | undefined,
  ) {
    // One database for all runs, made again for each of them.
    const database = join(this.folder, 'warehouse.duckdb');
    for (const end of ['', '.wal']) rmSync(`${database}${end}`, { force: true });
    await makeWarehouse(database, { rows });
    return this.#configured(stream, config);
  }

  #configured(
    stream: Readonly<Record<string, unknown>> | undefined,
    config: Readonly<Record<string, unknown>> | undefined,
  ) {
    const { clock } = this.#options;
    const json = this.json(config, stream);
    const told: string[] = [];
    this.told = told;
    return {
      json,
      configured: apollo.configure(json, 'sync', {}),
      dependencies: {
        clock,
        environment: {},
        version: '0.0.0',
        notice: ({ type, message }: { type: string; message: string }) =>
          void (type === 'warning' && told.push(message)),
      },
      told,
      source: { temporaryDirectory: this.folder },
      run: new AbortController(),
    };
  }
}

const isShared = (state: unknown): state is ServerState | LakeState =>
  ['postgres', 'ducklake'].includes((state as ServerState).type);

const statuses = ['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected', 'deferred'] as const;

const removedOf = (report: NonNullable<StreamReport['removed']>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    (['found', ...REMOVED_STATUSES] as const).filter((key) => report[key] > 0).map((key) => [key, report[key]]),
  );

const codesOf = (report: StreamReport | undefined): Readonly<Record<string, number>> =>
  Object.assign({}, ...[report, report?.removed].flatMap((each) => [each?.reject_codes, each?.deferred_codes]));

const countsOf = (report: StreamReport): Readonly<Record<string, number>> =>
  Object.fromEntries(statuses.filter((status) => report[status] > 0).map((status) => [status, report[status]]));
