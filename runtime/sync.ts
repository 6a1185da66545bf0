import { randomUUID } from 'node:crypto';
import type {
  Configured,
  Connection,
  Destination,
  Opened,
  RunConfig,
  StreamConfig,
  Surroundings,
} from './destination.ts';
import { ConfigFailure, TransientFailure } from './failure.ts';
import { deliver } from './pipeline.ts';
import type { Settled } from './record.ts';
import { RejectsFile, rejectLine } from './rejects.ts';
import { count, type RunSummary, type StreamReport, statusOf, streamReport } from './report.ts';
import { openSource, type Source, type SourceOptions } from './source/source.ts';
import { noStateStore } from './state-store.ts';

/** How a run is to be made. */
export interface RunOptions {
  readonly runId?: string | undefined;
  /** Only the streams of these names. */
  readonly only: readonly string[];
  readonly source: SourceOptions;
  /** How to stop: aborted by a signal, a failure or a defect, whoever is first. */
  readonly run: AbortController;
}

/** What a run tells while it goes on; its last event is `finished`. */
export type RunEvent =
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'progress'; readonly stream: StreamReport; readonly calls: Readonly<Record<string, number>> }
  | { readonly type: 'finished'; readonly summary: RunSummary; readonly cause: unknown };

/** Why a run was told to stop from outside; it ends as `cancelled`. */
export class Cancelled extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`The run was stopped by ${signal}.`);
    this.signal = signal;
  }
}

/** A stream that is ready to be read and written. */
export interface ReadyStream<S> extends Opened {
  readonly config: S;
  readonly relation: { readonly table?: string; readonly query?: string; readonly path: string };
}

/**
 * Reads the source and brings the destination to what it says, row by row accounted for. Throws ConfigFailure while
 * nothing was sent; after that every way to end is a `finished` event.
 */
export async function* sync<C extends RunConfig>(
  destination: Destination<C>,
  { config, warnings }: Configured<C>,
  options: RunOptions,
  surroundings: Surroundings,
): AsyncGenerator<RunEvent, void, void> {
  const { clock } = surroundings;
  const { run } = options;
  const startedAt = clock.now();
  const runId = options.runId ?? randomUUID();
  for (const message of warnings) yield { type: 'warning', message };

  const connection = destination.connect(config, surroundings);
  const rejects = new RejectsFile(config.rejects.path);
  const reports: StreamReport[] = [];
  let retryAt: number | undefined;
  let source: Source | undefined;
  try {
    source = await openSource(sourceOf(config), options.source);
    const streams = await ready(connection, source, config, options);
    await connection.prove(run.signal);
    for (const { warnings } of streams) for (const message of warnings) yield { type: 'warning', message };

    for (const { config: stream, writer, relation } of streams) {
      if (run.signal.aborted) break;
      const report = streamReport(stream);
      reports.push(report);
      const rows = source.rows(relation, { columns: writer.keyColumns, matchKeyOf: writer.matchKeyOf }, run.signal);
      for await (const settled of deliver(rows, writer, { store: noStateStore, run, clock })) {
        for (const one of settled) count(report, one);
        retryAt = earliest(settled, retryAt);
        const lines = settled.flatMap((one) => rejectLine(one, runId, stream.name, clock.now()) ?? []);
        await rejects.append(lines).catch((error: unknown) => run.abort(error));
        yield { type: 'progress', stream: report, calls: connection.traffic().calls };
      }
    }
  } catch (error) {
    run.abort(error);
  } finally {
    await rejects.close().catch((error: unknown) => run.abort(error));
    await source?.close();
    await connection.close();
  }

  const cause: unknown = run.signal.aborted ? run.signal.reason : undefined;
  const { calls, retries, rateLimited } = connection.traffic();
  if (cause instanceof ConfigFailure && !reports.some(wrote)) throw cause;
  const status = statusOf({
    streams: reports,
    failAbovePercent: config.rejects.fail_above_percent,
    stop: stopOf(cause),
  });
  const finishedAt = clock.now();
  const summary: RunSummary = {
    type: 'run_summary',
    run_id: runId,
    status,
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    retry_at: retryAtOf(reports, retryAt, finishedAt),
    streams: reports,
    calls,
    retries,
    rate_limited: rateLimited,
    ...(cause !== undefined && { error: messageOf(cause) }),
  };
  yield { type: 'finished', summary, cause };
}

/** Reads the columns of every stream and compiles its mapping, before any of them is sent. */
export async function ready<S extends StreamConfig>(
  connection: Connection<S>,
  source: Source,
  { streams }: { readonly streams: readonly S[] },
  { only, run }: RunOptions,
): Promise<ReadyStream<S>[]> {
  const unknown = only.find((name) => !streams.some((stream) => stream.name === name));
  if (unknown !== undefined) {
    const names = streams.map(({ name }) => name).join(', ');
    throw new ConfigFailure(`--stream ${unknown}: no such stream; the configuration has ${names}.`, {
      code: 'unknown_stream',
    });
  }
  const chosen: ReadyStream<S>[] = [];
  for (const [index, config] of streams.entries()) {
    if (only.length > 0 && !only.includes(config.name)) continue;
    const path = `streams[${index}]`;
    const relation = {
      path,
      ...(config.table !== undefined && { table: config.table }),
      ...(config.query !== undefined && { query: config.query }),
    };
    const columns = await source.columns(relation);
    const names = columns.map(({ name }) => name);
    chosen.push({ config, relation, ...(await connection.open(config, path, names, run.signal)) });
  }
  return chosen;
}

/** The configured source; without one there is nothing to read. */
export function sourceOf(config: RunConfig) {
  if (config.source) return config.source;
  throw new ConfigFailure('source: missing; expected `type: duckdb` or `type: arrow`, to read rows from.', {
    code: 'invalid_config',
  });
}

const wrote = (report: StreamReport): boolean => report.created + report.updated > 0;

function stopOf(cause: unknown): 'signal' | 'failure' | 'outage' | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Cancelled) return 'signal';
  return cause instanceof TransientFailure && cause.code !== 'source_unreadable' ? 'outage' : 'failure';
}

const earliest = (settled: readonly Settled[], before: number | undefined): number | undefined =>
  settled.reduce((found, { outcome }) => {
    const at = outcome.status === 'deferred' ? outcome.retryAt : undefined;
    return at === undefined ? found : Math.min(at, found ?? at);
  }, before);

// Nobody says when an outage ends; this is soon enough to lose little and late enough not to hammer.
const outageRetryMs = 5 * 60_000;

function retryAtOf(reports: readonly StreamReport[], known: number | undefined, now: number): string | null {
  if (!reports.some(({ deferred }) => deferred > 0)) return null;
  return new Date(known ?? now + outageRetryMs).toISOString();
}

/** The message of a failure; of anything else that was thrown, its name as well, since it is a defect of ours. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
