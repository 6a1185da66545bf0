import type { EstimableWriter } from '../../contract/estimate.ts';
import type { Item, SourceRow } from '../../contract/record.ts';
import { noStateStore, type StateStore } from '../../contract/state-store.ts';
import type { Writer } from '../../contract/writer.ts';
import { fanOut } from '../../deliver/fan-out.ts';
import { lookedInto } from '../../deliver/looked-into.ts';
import { prepare } from '../../deliver/prepare.ts';
import { linking } from '../known-ids.ts';

/** The rows of an estimate, prepared by what such a store knows of them. */
export type RowsOf<R> = (store: StateStore) => AsyncIterable<readonly Item<R>[]>;

/** What rows are prepared with. */
export interface Preparing {
  /** Looked into, and left as it is. */
  readonly store: StateStore | undefined;
  readonly run: AbortController;
  readonly retryRejects: boolean | undefined;
  /** The records that earlier streams would have, by match key: what rows of this one refer to. */
  readonly known: ReadonlyMap<string, string>;
}

/**
 * The rows for each of the estimates that are made of a stream, one by each writer. They are read once, and prepared once where all
 * estimates know the same of them: the ways to write a stream prepare its rows alike.
 */
export function rowsForEach<R>(
  rows: AsyncIterable<readonly SourceRow[]>,
  writers: readonly EstimableWriter<R>[],
  { knows, ...around }: Preparing & { readonly knows: 'the same' | 'other records' },
): readonly RowsOf<R>[] {
  const [first] = writers;
  if (first === undefined || knows === 'other records') {
    return fanOut(rows, writers.length).map((copy, i) => preparedBy(copy, writers[i]!, around));
  }
  const store = linkedStore(lookedInto(around.store ?? noStateStore), first, around);
  return fanOut(preparedBy(rows, first, around)(store), writers.length).map((copy) => () => copy);
}

/** Rows that one estimate prepares by itself. */
export const preparedBy =
  <R>(
    rows: AsyncIterable<readonly SourceRow[]>,
    writer: Writer<R>,
    { run, retryRejects }: Pick<Preparing, 'run' | 'retryRejects'>,
  ): RowsOf<R> =>
  (store) =>
    prepare(rows, writer, { store, run, retryRejects });

/** The store, with the ids of records that rows of the stream refer to. */
export const linkedStore = <R>(
  store: StateStore,
  { links }: Writer<R>,
  { store: told, known }: Pick<Preparing, 'store' | 'known'>,
): StateStore => (links === undefined ? store : { ...store, ...linking(told, known) });
