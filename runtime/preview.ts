import type { Configured, Destination, RunConfig, StreamConfig, Surroundings } from './destination.ts';
import { deliver } from './pipeline.ts';
import { type ReadyStream, ready, sourceOf } from './ready.ts';
import type { PreparedRecord, Settled } from './record.ts';
import { type Gone, goneOf, guardRemoved } from './removal.ts';
import { count, countRemoved, countUnread, type StreamReport, streamReport } from './report.ts';
import { openSource, type Source } from './source/source.ts';
import { readState } from './state/state-database.ts';
import type { StreamState } from './state/stream-state.ts';
import { noStateStore } from './state-store.ts';
import type { RunOptions } from './sync.ts';
import type { Step, World, Writer } from './writer.ts';

/** What a run would do. */
export interface Preview {
  readonly type: 'preview';
  readonly streams: readonly StreamPreview[];
  /** Requests by `METHOD path`: as if the destination had none of the records, or all of them with other values. */
  readonly calls: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
}

export interface StreamPreview {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  readonly read: number;
  /** Rows that would be sent. */
  readonly to_send: number;
  /** Rows that are as the state store knows them; absent without one. */
  readonly unchanged?: number;
  /** Rows that are gone, where the stream sees to them. */
  readonly removed?: number;
  readonly superseded: number;
  readonly rejected: number;
  readonly reject_codes: Readonly<Record<string, number>>;
  /** The first mapped rows, where they were asked for. */
  readonly examples?: readonly unknown[];
}

/** Reads and maps everything a run would, and counts its requests, without making one that writes. */
export async function preview<C extends RunConfig>(
  destination: Destination<C>,
  { config }: Configured<C>,
  options: RunOptions & { readonly show: number },
  surroundings: Surroundings,
): Promise<Preview> {
  const connection = destination.connect(config, surroundings);
  let source: Source | undefined;
  try {
    source = await openSource(sourceOf(config), options.source);
    const stateOf = await storedStreams(source, config, options, surroundings);
    const streams = await ready(connection, source, config, options);
    const calls: Record<string, { min: number; max: number }> = {};
    const previews: StreamPreview[] = [];
    for (const stream of streams) {
      const examples: unknown[] = [];
      const state = await stateOf(stream);
      const around = { source, state, options, surroundings };
      const empty = await rehearsal(stream, 'empty', around, examples);
      const full = await rehearsal(stream, 'full', around, []);
      for (const request of new Set([...empty.requests.keys(), ...full.requests.keys()])) {
        const counts = [empty, full].map(({ requests }) => requests.get(request) ?? 0);
        const before = calls[request] ?? { min: 0, max: 0 };
        calls[request] = { min: before.min + Math.min(...counts), max: before.max + Math.max(...counts) };
      }
      const unchanged = state && empty.unchanged;
      previews.push(streamPreview(empty.report, unchanged, options.show > 0 ? examples : undefined));
    }
    return { type: 'preview', streams: previews, calls };
  } finally {
    await source?.close();
    await connection.close();
  }
}

function streamPreview(
  report: StreamReport,
  unchanged: number | undefined,
  examples: readonly unknown[] | undefined,
): StreamPreview {
  const { name, object, mode, read, superseded, rejected, reject_codes } = report;
  const to_send = read - superseded - rejected - (unchanged ?? 0);
  const known = unchanged === undefined ? {} : { unchanged };
  return {
    name,
    object,
    mode,
    read,
    to_send,
    ...known,
    ...(report.removed && { removed: report.removed.found }),
    superseded,
    rejected,
    reject_codes,
    ...(examples && { examples }),
  };
}

type StateOf = (stream: ReadyStream<StreamConfig>) => Promise<StreamState | undefined>;

/** What the state store knows of each stream; it is looked into and left as it is. */
async function storedStreams(
  source: Source,
  { state }: RunConfig,
  { runId = '', full = false }: RunOptions,
  { clock }: Surroundings,
): Promise<StateOf> {
  if (state?.type !== 'duckdb' || state.path === undefined) return async () => undefined;
  const read = await readState(source.work, { path: state.path, runId, clock });
  return async ({ config, writer }) => read?.({ stream: config.name, version: writer.version, idsOnly: full });
}

interface Around {
  readonly source: Source;
  readonly state: StreamState | undefined;
  readonly options: RunOptions & { readonly show: number };
  readonly surroundings: Surroundings;
}

/** A run through the real pipeline whose steps answer for the destination, in one kind of world. */
async function rehearsal(
  { config, writer, relation, removal }: ReadyStream<StreamConfig>,
  world: World,
  { source, state, options: { run, show, retryRejects }, surroundings: { clock } }: Around,
  examples: unknown[],
): Promise<{ report: StreamReport; requests: ReadonlyMap<string, number>; unchanged: number }> {
  const report = streamReport(config, { seesRemoved: removal !== undefined && state !== undefined });
  const requests = new Map<string, number>();
  let unread = 0;
  let gone: Gone | undefined;
  const comparison = await state?.comparison(writer, async (compared) => {
    countUnread(report, compared.unchanged);
    unread = report.read;
    if (!removal) return;
    gone = await goneOf(removal, state, compared);
    guardRemoved(removal, gone);
  });
  const key = { columns: writer.keyColumns, matchKeyOf: writer.matchKeyOf };
  const rows = source.rows(relation, key, run.signal, comparison);
  const watched: Writer<unknown> = {
    ...writer,
    map: (row) => {
      const mapped = writer.map(row);
      if (mapped.ok && examples.length < show) examples.push(mapped.content);
      return mapped;
    },
    steps: writer.steps.map((step) => rehearsed(step, world, requests)),
  };
  let unchanged = 0;
  for await (const settled of deliver(rows, watched, { store: state ?? noStateStore, run, clock, retryRejects })) {
    for (const one of settled) count(report, one);
    unchanged += settled.filter(isKept).length;
  }
  if (removal && state && gone) {
    const steps = removal.writer.steps.map((step) => rehearsed(step, world, requests));
    const around = { store: state.removing(removal.writer.version), run, clock, retryRejects };
    for await (const settled of deliver(state.removed(gone.rows), { ...removal.writer, steps }, around)) {
      for (const one of settled) countRemoved(report.removed!, one);
    }
  }
  return { report, requests, unchanged: unchanged + unread };
}

/** Settled by what the state store knows. */
const isKept = ({ known, outcome: { status } }: Settled): boolean =>
  known?.id !== undefined && (status === 'unchanged' || status === 'skipped');

/** A step that answers without a request, and counts those it would have made. */
export const rehearsed = <R>(step: Step<R>, world: World, requests: Map<string, number>): Step<R> => ({
  ...step,
  async send(records: readonly PreparedRecord<R>[]) {
    if (step.request !== '') requests.set(step.request, (requests.get(step.request) ?? 0) + 1);
    return step.rehearse(records, world);
  },
});
