import type { Held } from '../../contract/destination.ts';
import { type Bound, type EstimableWriter, estimable } from '../../contract/estimate.ts';
import type { Mirror } from '../../contract/mirror.ts';
import type { SourceRow } from '../../contract/record.ts';
import type { Writer } from '../../contract/writer.ts';
import type { Budget } from '../../deliver/budget.ts';
import { fanOut } from '../../deliver/fan-out.ts';
import { type Preparing, preparedBy, rowsForEach } from './prepared-rows.ts';
import { StreamEstimate, type StreamEstimateOptions } from './stream-estimate.ts';

export const BOUNDS = ['lower', 'upper'] as const satisfies readonly Bound[];

/** What an exact estimate of a stream is made with. */
export interface Exactly {
  readonly mirror: Mirror;
  /** What earlier streams of the run have come to: ids by match key. */
  readonly learned: Map<string, string>;
}

/** One way to write a stream, under one assumption. */
export interface AssumedWay {
  readonly assumed: Bound;
  readonly writer: EstimableWriter<unknown>;
  readonly budget: Budget;
  readonly isConfigured: boolean;
  readonly exactly: Exactly | undefined;
}

/** What is asked for besides numbers. */
type Told = Pick<StreamEstimateOptions, 'show' | 'records' | 'rows'>;

type Common = Omit<StreamEstimateOptions, 'budget'> & Preparing;

/** What happens to the rows in each way, under both assumptions; the lower bound of the configured one tells what is asked for besides. */
export async function estimatesOf(
  rows: AsyncIterable<readonly SourceRow[]>,
  assumedWays: readonly AssumedWay[],
  { common, told }: { readonly common: Common; readonly told: Told },
): Promise<readonly StreamEstimate[]> {
  // Where all is known, both bounds are the one estimate.
  const apart = assumedWays.filter(({ assumed, exactly }) => assumed === 'lower' || exactly === undefined);
  const writers = apart.map(({ writer }) => writer);
  // Rows of several records of one key ask what earlier streams have found of it (`identified`, deliver/prepare.ts).
  const asksFound = common.follows && writers.some(({ key }) => key.isShared);
  const isAlike = !asksFound && apart.every(({ exactly }) => exactly === undefined);
  const rowsOf = rowsForEach(rows, writers, { ...common, knows: isAlike ? 'the same' : 'other records' });
  const estimates = await allOf(
    apart.map(({ assumed, writer, budget, isConfigured, exactly }, i) => {
      const options = { ...common, budget, ...(isConfigured && assumed === 'lower' && told) };
      return exactly === undefined
        ? StreamEstimate.of(rowsOf[i]!, writer, assumed, options)
        : StreamEstimate.exact(rowsOf[i]!, writer, exactly.mirror, { ...options, learned: exactly.learned });
    }),
  );
  return assumedWays.map((one, i) => estimates[apart.indexOf(one)] ?? estimates[apart.indexOf(assumedWays[i - 1]!)]!);
}

/** What happens to rows that are gone, in each way, under both assumptions. */
export function removalEstimates<R>(
  gone: AsyncIterable<readonly SourceRow[]>,
  assumedWays: readonly AssumedWay[],
  { writer, ...common }: Common & { readonly writer: Writer<R> },
): Promise<readonly StreamEstimate[]> {
  const copies = fanOut(gone, assumedWays.length);
  return allOf(
    assumedWays.map(({ assumed, budget }, i) => {
      const rows = assumed === 'upper' ? unheld(copies[i]!) : copies[i]!;
      const options = { ...common, budget, follows: false };
      return StreamEstimate.of(preparedBy(rows, writer, common), estimable(writer), 'lower', options);
    }),
  );
}

/** The results of all, or what the first one failed of, once none is under way any more. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(promises);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return ends.map((end) => (end as PromiseFulfilledResult<T>).value);
}

/** Rows that are gone, as if no other stream had written to their records: its own rows may be gone by then. */
async function* unheld(chunks: AsyncIterable<readonly SourceRow[]>): AsyncGenerator<readonly SourceRow[]> {
  const held: Held = { lists: [], fields: [] };
  for await (const rows of chunks) yield rows.map((one) => ({ ...one, row: { ...one.row, held } }));
}
