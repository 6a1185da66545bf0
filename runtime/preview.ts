import type { Configured, Destination, RunConfig, StreamConfig, Surroundings } from './destination.ts';
import { deliver } from './pipeline.ts';
import type { PreparedRecord } from './record.ts';
import { count, type StreamReport, streamReport } from './report.ts';
import { openSource, type Source } from './source/source.ts';
import { noStateStore } from './state-store.ts';
import { type ReadyStream, type RunOptions, ready, sourceOf } from './sync.ts';
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
    const streams = await ready(connection, source, config, options);
    const calls: Record<string, { min: number; max: number }> = {};
    const previews: StreamPreview[] = [];
    for (const stream of streams) {
      const examples: unknown[] = [];
      const empty = await rehearsal(stream, source, 'empty', options, surroundings, examples);
      const full = await rehearsal(stream, source, 'full', options, surroundings, []);
      for (const request of new Set([...empty.requests.keys(), ...full.requests.keys()])) {
        const counts = [empty, full].map(({ requests }) => requests.get(request) ?? 0);
        const before = calls[request] ?? { min: 0, max: 0 };
        calls[request] = { min: before.min + Math.min(...counts), max: before.max + Math.max(...counts) };
      }
      previews.push(streamPreview(empty.report, options.show > 0 ? examples : undefined));
    }
    return { type: 'preview', streams: previews, calls };
  } finally {
    await source?.close();
    await connection.close();
  }
}

function streamPreview(report: StreamReport, examples: readonly unknown[] | undefined): StreamPreview {
  const { name, object, mode, read, superseded, rejected, reject_codes } = report;
  const to_send = read - superseded - rejected;
  return { name, object, mode, read, to_send, superseded, rejected, reject_codes, ...(examples && { examples }) };
}

/** A run through the real pipeline whose steps answer for the destination, in one kind of world. */
async function rehearsal(
  { config, writer, relation }: ReadyStream<StreamConfig>,
  source: Source,
  world: World,
  { run, show }: RunOptions & { readonly show: number },
  { clock }: Surroundings,
  examples: unknown[],
): Promise<{ report: StreamReport; requests: ReadonlyMap<string, number> }> {
  const report = streamReport(config);
  const requests = new Map<string, number>();
  const rows = source.rows(relation, { columns: writer.keyColumns, matchKeyOf: writer.matchKeyOf }, run.signal);
  const watched: Writer<unknown> = {
    ...writer,
    map: (row) => {
      const mapped = writer.map(row);
      if (mapped.ok && examples.length < show) examples.push(mapped.content);
      return mapped;
    },
    steps: writer.steps.map((step) => rehearsed(step, world, requests)),
  };
  for await (const settled of deliver(rows, watched, { store: noStateStore, run, clock })) {
    for (const one of settled) count(report, one);
  }
  return { report, requests };
}

const rehearsed = <R>(step: Step<R>, world: World, requests: Map<string, number>): Step<R> => ({
  ...step,
  async send(records: readonly PreparedRecord<R>[]) {
    if (step.request !== '') requests.set(step.request, (requests.get(step.request) ?? 0) + 1);
    return step.rehearse(records, world);
  },
});
