import type { RunConfig, StreamConfig } from '../../contract/destination.ts';
import { type Assumption, estimable } from '../../contract/estimate.ts';
import { Failure } from '../../contract/failure.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Settled, SourceRow } from '../../contract/record.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { noStateStore, type StateStore, type Wanted } from '../../contract/state-store.ts';
import type { Writer } from '../../contract/writer.ts';
import { lookedInto } from '../../deliver/looked-into.ts';
import { deliver } from '../../deliver/pipeline.ts';
import { isAskedKey } from '../../facts/asked-key.ts';
import { decidedBy } from '../../run/decisions.ts';
import { linking } from '../../run/known-ids.ts';
import { telling } from '../../run/preview/stream-estimate.ts';
import { provisioned } from '../../run/provisioning.ts';
import { type ReadyStream, ready } from '../../run/ready.ts';
import { Session } from '../../run/session.ts';
import type { Comparison } from '../../source/diff/comparison.ts';
import type { Source } from '../../source/source.ts';
import { readState } from '../../state/state-database.ts';
import { withCode } from '../../text/error-text.ts';
import type { StoreSession } from '../shared/store.ts';

/** What the next run would do with a row. */
type NextRun =
  | { readonly type: 'unknown'; readonly message: string }
  | {
      readonly type: 'absent';
      /** The stream sees to records whose rows are gone. */
      readonly sees_removed: boolean;
    }
  | ({ readonly type: 'row' } & Fate & {
        /** Rows of that primary key. */
        readonly rows: number;
        /** The same, if the destination has its record already; absent where that makes no difference. */
        readonly if_there?: Fate;
      });

/** How a row would end, and what that takes. */
interface Fate {
  readonly outcome: Outcome['status'];
  readonly code?: string;
  readonly message?: string;
  /** The match key of the record of another stream that it waits for: a value of the row. */
  readonly waits_for?: string;
  /** Fields that would be written. */
  readonly fields: readonly string[];
  /** Requests that would carry it, `METHOD path`. */
  readonly calls: readonly string[];
}

/**
 * Looks a row up in the source, maps it, and has the steps say what they would do with it. All rows are read, as only that
 * tells which of them supersedes which.
 */
export async function nextRun(
  session: StoreSession,
  read: () => Promise<RunConfig>,
  path: StateAt,
  row: { readonly stream: string; readonly key: string },
): Promise<NextRun> {
  try {
    const config = await read();
    if (config.source?.type === 'arrow' && config.source.path === '-') {
      return { type: 'unknown', message: 'the source is the standard input.' };
    }
    return await nextRunOf(session, config, path, row);
  } catch (error) {
    // What is known is worth telling though the source or the destination cannot be reached.
    if (error instanceof Failure) return { type: 'unknown', message: withCode(error.message, error.code) };
    throw error;
  }
}

async function nextRunOf(
  { destination, source: options, dependencies, run }: StoreSession,
  config: RunConfig,
  path: StateAt,
  { stream: name, key }: { readonly stream: string; readonly key: string },
): Promise<NextRun> {
  const { clock } = dependencies;
  const around = { runId: '', signal: run.signal, openState: readState, stateAt: path };
  const session = new Session(await destination(), config, around, dependencies);
  try {
    const source = await session.openSource(options);
    const opened = await ready(session.connection, source, config, { only: [name], enable: true, run });
    // A row that is sent once a field is there is explained with it there.
    const { streams } = await provisioned(opened, { source, signal: run.signal });
    const stream = streams.find(({ config: { name: one } }) => one === name);
    await session.requireStreams([stream!.facts]);
    const { version } = stream!.writer;
    const kept = await session.state?.look({ stream: name, version, idsOnly: false });
    const decided = await decidedBy(stream!, kept, { source, signal: run.signal });
    const writer = decided(stream!.writer);
    const looked = kept === undefined ? noStateStore : lookedInto(kept);
    const store = stream!.referred === undefined ? looked : creating(looked);
    const comparison = await kept?.comparison(writer, () => undefined);
    const changed = comparison && (await rowsOf(source, stream!, key, { signal: run.signal, comparison }));
    // A row that is as it was is not among those that differ from what is known.
    const { rows, others } = changed?.rows.length ? changed : asKnown(await rowsOf(source, stream!, key, run));
    const last = rows.at(-1);
    if (last === undefined) return { type: 'absent', sees_removed: stream!.removal !== undefined };
    const primaryKey = writer.map(last.row).primaryKey!;
    const placed = await inItsPlace(last, { key: primaryKey, others, store, renames: writer.key.renames });
    const fateUnder = (assumed: Assumption) => fate(placed, writer, assumed, { store, run, clock });
    const [isNew, isThere] = [await fateUnder('empty'), await fateUnder('full')];
    const isSame = JSON.stringify(isNew) === JSON.stringify(isThere);
    return { type: 'row', rows: rows.length, ...isNew, ...(!isSame && { if_there: isThere }) };
  } finally {
    await session.close();
  }
}

/** A state store that is only read, in a run that first creates what rows refer to and that no run knows. */
const creating = (store: StateStore): StateStore => ({
  ...store,
  find: (keys, object) => linking(store, new Map(keys.map((key) => [key, `estimated ${key}`]))).find(keys, object),
});

interface Rows {
  /** Those of the primary key that is asked for. */
  readonly rows: readonly SourceRow[];
  /** All rows that may have moved, where SQL could not tell. */
  readonly others: readonly Wanted[];
}

async function rowsOf(
  source: Source,
  { relation, writer }: ReadyStream<StreamConfig>,
  key: string,
  { signal, comparison }: { readonly signal: AbortSignal; readonly comparison?: Comparison },
): Promise<Rows> {
  const [rows, others]: [SourceRow[], Wanted[]] = [[], []];
  const isNamed = comparison !== undefined && writer.key.primaryKeyColumn !== undefined;
  for await (const page of source.rows(relation, { ...writer.key, reads: writer.columns }, signal, comparison)) {
    for (const one of page) {
      const { primaryKey, matchKey } = writer.map(one.row);
      if (primaryKey !== undefined && isAskedKey(primaryKey, key)) rows.push(one);
      if (!isNamed || one.known !== undefined || primaryKey === undefined || one.repeated) continue;
      others.push({ position: one.position, primaryKey, matchKey, superseded: one.superseded ?? false });
    }
  }
  return { rows, others };
}

/** Rows that the state store is still to be asked about. */
const asKnown = ({ rows, others }: Rows): Rows => ({ rows: rows.map(({ known: _, ...row }) => row), others });

/** A row as it goes on once the others have moved, and the one that it waits for has given up its address. */
async function inItsPlace(
  { waitsFor: _, ...row }: SourceRow,
  {
    key,
    others,
    store,
    renames,
  }: { key: string; others: readonly Wanted[]; store: StateStore; renames?: readonly string[] | undefined },
): Promise<SourceRow> {
  if (others.length === 0) return row;
  await store.resolve?.(others, renames);
  return { ...row, known: (await store.recall([key])).get(key) ?? null };
}

async function fate(
  row: SourceRow,
  writer: Writer<unknown>,
  assumed: Assumption,
  around: {
    readonly store: StateStore;
    readonly run: AbortController;
    readonly clock: StoreSession['dependencies']['clock'];
  },
): Promise<Fate> {
  const requests = new Set<string>();
  const steps = estimable(writer)
    .estimated(assumed)
    .steps.map((step) => telling(step, () => requests.add(step.request)));
  const settled: Settled[] = [];
  for await (const some of deliver(only(row), { ...writer, steps }, around)) settled.push(...some);
  const { outcome, values, known } = settled[0]!;
  const said = outcome.status === 'rejected' ? outcome.rejection : outcome.status === 'deferred' ? outcome : undefined;
  return {
    outcome: outcome.status,
    ...(said && { code: said.code, message: said.message }),
    ...(outcome.status === 'deferred' && outcome.waitsFor !== undefined && { waits_for: outcome.waitsFor }),
    fields: changed(values, known?.values).map((name) => writer.memory?.fieldNames?.get(name) ?? name),
    calls: [...requests],
  };
}

async function* only(row: SourceRow): AsyncGenerator<readonly SourceRow[]> {
  yield [row];
}

function changed(after: unknown, before: unknown): readonly string[] {
  const had = new Map(Object.entries(before ?? {}));
  return Object.entries(after ?? {})
    .filter(([name, value]) => !had.has(name) || JSON.stringify(value) !== JSON.stringify(had.get(name)))
    .map(([name]) => name);
}
