import type { RunConfig, StreamConfig } from '../../contract/destination.ts';
import { type Bound, estimable } from '../../contract/estimate.ts';
import type { Budget } from '../../deliver/budget.ts';
import { addDropped, countUnread, type StreamReport, streamReport } from '../../facts/report.ts';
import type { Comparison } from '../../source/diff/comparison.ts';
import { decidedBy } from '../decisions.ts';
import { seeDrift } from '../inventory/see-drift.ts';
import { linking } from '../known-ids.ts';
import { isPicking, PickedRows } from '../picked-rows.ts';
import type { ReadyStream } from '../ready.ts';
import { referredRows } from '../referred-rows.ts';
import { isRekeyed } from '../rekeying.ts';
import { type Gone, goneOf, guardRemoved } from '../removal.ts';
import { type Breach, rekeyedBreach } from './guards.ts';
import { type BoundedCalls, range, ranges } from './plan-range.ts';
import type { PreviewAround } from './preview.ts';
import type { PreviewRows } from './preview-rows.ts';
import type { StreamEstimate, StreamEstimateOptions } from './stream-estimate.ts';
import type { StreamPreview } from './stream-preview.ts';
import { BOUNDS, type Exactly, estimatesOf, removalEstimates } from './way-estimates.ts';

/** A way to write a stream, and the requests it would make. */
interface Way extends BoundedCalls {
  readonly name: string;
  readonly isConfigured: boolean;
}

interface PreviewedStream {
  readonly preview: StreamPreview;
  /** A guard of its own that would stop the run. */
  readonly breach: Breach | undefined;
  readonly ways: readonly Way[];
  /** The match keys of its rows that would have a record, where rows of other streams refer to them. */
  readonly records: Iterable<string>;
}

/** What an estimate of a stream is made with. */
interface StreamAround<C extends RunConfig> extends PreviewAround<C> {
  /** An earlier stream of the run writes to the same kind of records. */
  readonly follows: boolean;
  /** The records that earlier streams would have, by match key: what rows of this one may refer to. */
  readonly known: ReadonlyMap<string, string>;
  /** Rows of other streams refer to its records. */
  readonly isLinked: boolean;
  /** How many more records may be sent, over all streams. */
  readonly budgetOf: (way: string, assumed: Bound) => Budget;
  /** What is known of all that the destination has, for one way to write an object; undefined where that is not enough. */
  readonly exactlyOf: (way: string, object: string) => Promise<Exactly | undefined>;
}

/** Estimates one stream in all ways to write it, reading its rows once. */
export async function previewStream<C extends RunConfig>(
  stream: ReadyStream<C['streams'][number]>,
  around: StreamAround<C>,
): Promise<PreviewedStream> {
  const { session, options, source, dependencies, show } = around;
  const { name, object } = stream.config;
  const { version } = stream.writer;
  const state = await session.state?.look({ stream: name, version, idsOnly: options.full ?? false, object });
  await seeDrift(state, stream.config, {
    connection: session.connection,
    hasInventory: session.config.inventory !== undefined,
    warn: () => undefined,
    fieldNames: stream.writer.memory?.fieldNames,
  });
  const unread = streamReport(stream.config);
  const { pick } = options;
  const picked = pick && isPicking(pick) ? new PickedRows(pick, stream.writer) : undefined;
  const removal = picked ? undefined : stream.removal;
  let all = 0;
  let breach: Breach | undefined;
  let removed: number | undefined;
  let gone: Gone | undefined;
  const { referring } = stream;
  const compare: Comparison['compared'] = async (compared) => {
    if (picked === undefined) countUnread(unread, compared.unchanged);
    all = compared.rows;
    const { rekeying } = stream;
    if (rekeying && isRekeyed(rekeying, compared.rekeyed))
      breach = rekeyedBreach(stream.config.name, rekeying, compared.rekeyed);
    if (removal) {
      gone = await goneOf(removal, state!, compared);
      guardRemoved(removal, gone);
      removed = gone.rows.found;
    } else if (!picked && compared.removed !== undefined) removed = await state!.countPlaces(compared.removed);
  };
  const comparison = referring ? undefined : await state?.comparison(stream.writer, compare);
  const { relation } = stream;
  const decided = await decidedBy(stream, state, { source, signal: options.run.signal });
  const writer = decided(estimable(stream.writer));
  let shared = 0;
  const naming = writer.naming && {
    nameOf: writer.naming.nameOf,
    shared: (rows: number): void => {
      shared = rows;
    },
  };
  const warn = (message: string): void => dependencies.notice({ type: 'warning', message });
  const key = { ...writer.key, reads: writer.columns, naming, warn };
  const { find } = linking(state, around.known);
  const read = () => source.rows(relation, key, options.run.signal, comparison);
  const rows = referring
    ? referredRows(referring, { source, signal: options.run.signal, find, pick })
    : picked
      ? picked.of(read())
      : read();
  const ways = (await waysOf(stream, around)).map(({ writer, ...way }) => ({ ...way, writer: decided(writer) }));
  const assumedWays = ways.flatMap(({ name, isConfigured, writer, exactly }) =>
    BOUNDS.map((assumed) => ({ assumed, writer, budget: around.budgetOf(name, assumed), isConfigured, exactly })),
  );
  const { run, retryRejects } = options;
  const common = {
    ...{ stream: stream.config, store: state, run, retryRejects, clock: dependencies.clock },
    ...{ known: around.known, follows: around.follows, show: 0 },
  };
  const linked = new Set<string>();
  const told = { show, records: around.isLinked ? linked : undefined, rows: tellingOf(name, around.rows) };
  const played = await estimatesOf(rows, assumedWays, { common, told });
  const removing = removal && state && gone && { removal, state, rows: (gone as Gone).rows };
  const others = session.config.streams.filter((one) => one.name !== name && one.object === object);
  const elsewhere = new Map(others.map((one) => [one.name, undefined]));
  const removals = removing
    ? await removalEstimates(removing.state.removed(removing.rows, elsewhere), assumedWays, {
        ...common,
        store: removing.state.removing(removing.removal.writer.version),
        writer: removing.removal.writer,
      })
    : [];
  const unreadRows = picked === undefined ? state?.unreadRows() : undefined;
  if (unreadRows !== undefined) around.rows?.addUnread(name, unreadRows);
  if (referring === undefined) await picked?.countUnchanged(unread, all, state);
  const made = ways.map(({ name, isConfigured }, i) => {
    const [lower, upper] = [i * BOUNDS.length, i * BOUNDS.length + 1];
    return {
      name,
      isConfigured,
      estimates: { lower: played[lower]!, upper: played[upper]! },
      removals: { lower: removals[lower]?.tally.counts ?? [], upper: removals[upper]?.tally.counts ?? [] },
    };
  });
  const configured = made.find(({ isConfigured }) => isConfigured)!;
  return {
    breach,
    records: linked,
    preview: streamPreview(stream, configured, { unread, removed, shared, show }),
    ways: made.map(({ name, isConfigured, estimates: { lower, upper }, removals }) => ({
      name,
      isConfigured,
      // Where nothing is unknown, the bound that was estimated with what is known is the run itself.
      lower: [...(lower.unsure.read === 0 ? lower.tally.counts : lower.certain), ...removals.lower],
      upper: [...(lower.unsure.read === 0 ? lower : upper).tally.counts, ...removals.upper],
    })),
  };
}

const tellingOf = (stream: string, rows: PreviewRows | undefined): StreamEstimateOptions['rows'] =>
  rows && ((settled, how) => rows.add(stream, settled, how));

/** The writers of all ways. What is known under the configured one is known under each. */
async function waysOf<C extends RunConfig>(
  { config, writer, relation, columns, kinds, values }: ReadyStream<C['streams'][number]>,
  { session: { connection }, options, exactlyOf }: StreamAround<C>,
) {
  const alternatives = connection.alternatives?.(config) ?? [{ name: '', stream: config, isConfigured: true }];
  const ways = [];
  for (const { name, stream, isConfigured } of alternatives) {
    const open = async () => {
      const { signal } = options.run;
      const opened = await connection.open(stream, relation.path, columns, signal, kinds);
      const provided = values && (await opened.provision?.plan(values, signal));
      return (provided?.opened ?? opened).writer;
    };
    const opened = isConfigured ? writer : await open();
    const same = writer.version === undefined ? opened : { ...opened, version: writer.version };
    const estimated = estimable(same);
    const exactly = estimated.mirrored && (await exactlyOf(name, config.object));
    ways.push({ name, isConfigured, writer: estimated, exactly });
  }
  return ways;
}

interface Found {
  /** Rows that were not read, since they are as they were. */
  readonly unread: StreamReport;
  readonly removed: number | undefined;
  readonly shared: number;
  readonly show: number;
}

function streamPreview(
  { config: { name, object, mode }, writer }: ReadyStream<StreamConfig>,
  way: { readonly name: string; readonly estimates: Readonly<Record<Bound, StreamEstimate>> },
  { unread, removed, shared, show }: Found,
): StreamPreview {
  const { lower, upper } = way.estimates;
  const { version, naming } = estimable(writer);
  const { sure, unsure } = lower;
  return {
    name,
    object,
    mode,
    ...(way.name !== '' && { strategy: way.name }),
    ...(version !== undefined && { version }),
    read: unread.read + sure.read + unsure.read,
    to_send: sure.created + sure.updated + unsure.read,
    new: { min: sure.created, max: sure.created + upper.creating },
    changed: { min: sure.updated, max: sure.updated + upper.unsure.updated },
    unchanged: unread.unchanged + sure.unchanged,
    skipped: unread.skipped + sure.skipped,
    superseded: sure.superseded,
    rejected: sure.rejected,
    deferred: sure.deferred,
    deferred_in_apollo: lower.unfinished,
    unknown: unsure.read,
    ...(removed !== undefined && { removed }),
    known: unread.read + upper.known,
    known_changed: upper.knownChanged,
    changed_fields: ranges(lower.changed, upper.changed),
    clears: range(lower.clears, upper.clears),
    reject_codes: sure.reject_codes,
    ...droppedIn([unread, sure, unsure]),
    ...(naming && shared > 0 && { shared_keys: { key: naming.key, rows: shared } }),
    ...(show > 0 && { payloads: lower.payloads }),
  };
}

function droppedIn(reports: readonly StreamReport[]): Pick<StreamPreview, 'dropped_values' | 'dropped_codes'> {
  const total = { dropped_values: 0, dropped_codes: {} };
  for (const report of reports) addDropped(total, report);
  return total;
}
