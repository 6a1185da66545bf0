import type {
  Configured,
  Connection,
  Dependencies,
  Destination,
  RunConfig,
  StreamConfig,
} from '../../contract/destination.ts';
import type { Bound } from '../../contract/estimate.ts';
import type { Budget } from '../../deliver/budget.ts';
import type { Source } from '../../source/source.ts';
import { type LookedInto, readState } from '../../state/state-database.ts';
import { refreshInventory } from '../inventory/refresh-inventory.ts';
import { linkedObjects } from '../known-ids.ts';
import { choiceTexts } from '../picked-rows.ts';
import { countOf, provisioned } from '../provisioning.ts';
import { type ReadyStream, ready } from '../ready.ts';
import type { RunOptions } from '../run-options.ts';
import { Session } from '../session.ts';
import { type Breach, breachesOf } from './guards.ts';
import { type BoundedCalls, callsOf, costRangesOf, type Range, type Ranges, sumOf, together } from './plan-range.ts';
import { planTimes } from './plan-times.ts';
import { formatOf, PreviewRows } from './preview-rows.ts';
import { previewStream } from './preview-stream.ts';
import type { StreamPreview } from './stream-preview.ts';
import type { Exactly } from './way-estimates.ts';

/** What a run would do; stands in JSON as it is (docs/preview.md). */
export interface Preview {
  readonly type: 'preview';
  readonly streams: readonly StreamPreview[];
  /** What the run would make at the destination before it sends a row. */
  readonly makes: readonly PreviewMade[];
  /** Requests by `METHOD path`, those included with which a run begins. */
  readonly calls: Ranges;
  /** What each field would cost, the dearest first. */
  readonly costs: ReturnType<typeof costRangesOf>;
  /** How long the calls take on the plan that holds, then on the others there are; empty where nothing limits them. */
  readonly times: ReturnType<typeof planTimes>;
  /** The ways to write, beside each other; empty where there is one only. */
  readonly strategies: readonly StrategyPreview[];
  /** The configured guards that would stop the run. */
  readonly guards: readonly Breach[];
  /** What stands for the destination, so that its numbers are exact; absent where nothing does. */
  readonly inventory?: readonly InventoryUsed[];
}

/** The inventory of an object that a preview was made with. */
interface InventoryUsed {
  readonly object: string;
  readonly records: number | null;
  readonly read_at: string;
}

/** Something that a run would make; its names, where they are values of rows, only where rows are to be shown. */
interface PreviewMade {
  readonly stream: string;
  readonly what: string;
  readonly count: number;
  readonly request: string;
  readonly names?: readonly string[];
}

/** What all streams would cost if they were written in one way, on the plan that holds. */
interface StrategyPreview {
  readonly name: string;
  /** Every stream is configured so. */
  readonly is_configured: boolean;
  readonly calls: Range;
  readonly requests: Ranges;
  readonly seconds: Range | null;
  readonly runs: Range | null;
}

interface PreviewOptions extends RunOptions {
  /** How many payloads to show of each stream. */
  readonly show: number;
  /** What the destination has is read first, whatever the configuration says. */
  readonly exact?: boolean | undefined;
  /** A file, .csv or .parquet, that gets what is said of each row. */
  readonly rows?: string | undefined;
}

/** Reads and maps everything a run would, and counts its requests, without making one that writes. */
export async function preview<C extends RunConfig>(
  destination: Destination<C>,
  configured: Configured<C>,
  options: PreviewOptions,
  dependencies: Dependencies,
): Promise<Preview> {
  const { config, warnings } = configured;
  const { runId = '', run, show } = options;
  const warn = (message: string): void => dependencies.notice({ type: 'warning', message });
  if (options.rows !== undefined) formatOf(options.rows);
  const exact = options.exact ? 'exact' : undefined;
  for (const message of await refreshInventory(destination, configured, options, dependencies, exact)) warn(message);
  const around = { runId, signal: run.signal, openState: readState };
  const session = new Session(destination, config, around, dependencies);
  try {
    for (const message of [...warnings, ...choiceTexts(config, options)]) warn(message);
    const source = await session.openSource(options.source);
    const streams = await ready(session.connection, source, config, options);
    await session.requireOwner(streams.map(({ facts }) => facts));
    for (const message of streams.flatMap(({ warnings }) => warnings)) warn(message);
    const assumed = await session.connection.quota?.learn?.(run.signal);
    if (assumed !== undefined) warn(assumed);
    const rows = options.rows === undefined ? undefined : await PreviewRows.open(source.work);
    const made = { session, source, options, show, dependencies, rows, trusts: 'the inventory' } as const;
    const result = await previewOf(streams, made);
    if (options.rows !== undefined) await rows?.write(options.rows);
    return result;
  } catch (error) {
    throw session.explained(error);
  } finally {
    await session.close();
  }
}

/** What a preview is made with. */
export interface PreviewAround<C extends RunConfig> {
  /** Its state store is looked into and left as it is. */
  readonly session: Pick<Session<C>, 'connection' | 'config' | 'state'>;
  readonly source: Source;
  readonly options: RunOptions;
  /** How many payloads to show of each stream. */
  readonly show: number;
  readonly dependencies: Dependencies;
  /** Takes down what is said of each row; absent where that is not asked for. */
  readonly rows?: PreviewRows | undefined;
  /** Whether an inventory may stand for the destination; else only what is certain whatever has happened since. */
  readonly trusts?: 'the inventory' | undefined;
}

async function inventoryUsed(
  state: LookedInto | undefined,
  objects: Iterable<string>,
): Promise<Pick<Preview, 'inventory'>> {
  const used: InventoryUsed[] = [];
  for (const object of objects) {
    const progress = await state?.inventory?.(object);
    if (progress?.isComplete !== true || progress.read === undefined) continue;
    used.push({ object, records: progress.total ?? null, read_at: new Date(progress.read).toISOString() });
  }
  return used.length === 0 ? {} : { inventory: used };
}

/** What exact estimates are made with: for each object and way to write it one, which all its streams share. */
function exactEstimates<C extends RunConfig>({ session: { state }, trusts }: PreviewAround<C>) {
  const made = new Map<string, Promise<Exactly | undefined>>();
  const open = async (object: string): Promise<Exactly | undefined> => {
    const mirror = trusts && (await state?.mirror?.(object));
    return mirror && { mirror, learned: new Map() };
  };
  return (way: string, object: string): Promise<Exactly | undefined> => {
    const key = `${object} ${way}`;
    const found = made.get(key) ?? open(object);
    made.set(key, found);
    return found;
  };
}

/** The preview of streams that are ready. */
export async function previewOf<C extends RunConfig>(
  opened: readonly ReadyStream<C['streams'][number]>[],
  around: PreviewAround<C>,
): Promise<Preview> {
  const { session, source, options, show, dependencies, trusts } = around;
  const { connection, config } = session;
  const { streams, makes, calls: making } = await provisioned(opened, { source, signal: options.run.signal });
  const lookups = lookupsOf(connection, making);
  const budgetOf = budgetsOf(config.limits?.max_records ?? Number.POSITIVE_INFINITY);
  const previewed = [];
  const linked = new Set(linkedObjects(streams));
  const known = new Map<string, string>();
  const exactlyOf = exactEstimates(around);
  for (const [i, stream] of streams.entries()) {
    const follows = streams.slice(0, i).some(({ config: { object } }) => object === stream.config.object);
    const isLinked = linked.has(stream.config.object);
    const one = await previewStream(stream, { ...around, budgetOf, follows, known, isLinked, exactlyOf });
    previewed.push(one);
    for (const key of one.records) known.set(key, `estimated ${key}`);
  }

  const ways = previewed.flatMap((stream) => stream.ways);
  const estimates = together([lookups, ...ways.filter(({ isConfigured }) => isConfigured)]);
  const calls = callsOf(estimates);
  const now = dependencies.clock.now();
  const timesOf = (calls: Ranges) => (connection.quota ? planTimes(calls, connection.quota, now) : []);
  const previews = previewed.map(({ preview }) => preview);
  return {
    type: 'preview',
    streams: previews,
    makes: makes.map(({ names, ...made }) => ({
      ...made,
      count: countOf({ ...made, ...(names && { names }) }),
      ...(names && show > 0 && { names }),
    })),
    calls,
    costs: costRangesOf(estimates),
    times: timesOf(calls),
    strategies: strategies(ways, lookups, timesOf),
    guards: [
      ...previewed.flatMap(({ breach }) => (breach === undefined ? [] : [breach])),
      ...breachesOf({ streams: previews }, config.guards ?? {}),
    ],
    ...(trusts && (await inventoryUsed(session.state, new Set(previews.map(({ object }) => object))))),
  };
}

/** The requests that a run begins with: those that were made to get ready, the one that proves the key, and what makes what is missing. */
function lookupsOf<S extends StreamConfig>(
  connection: Connection<S>,
  making: Readonly<Record<string, number>>,
): BoundedCalls {
  const { calls } = connection.traffic();
  const { proof } = connection;
  const proving = proof === undefined || calls[proof] !== undefined ? {} : { [proof]: 1 };
  const counts = [calls, proving, making]
    .flatMap((requests) => Object.entries(requests))
    .map(([request, count]) => ({ request, fields: null, calls: count }));
  return { lower: counts, upper: counts };
}

/** Records that may be sent, counted for each way and world over all streams. */
function budgetsOf(records: number): (way: string, world: Bound) => Budget {
  const budgets = new Map<string, Budget>();
  return (way, world) => {
    const key = `${world} ${way}`;
    const budget = budgets.get(key) ?? { records };
    budgets.set(key, budget);
    return budget;
  };
}

function strategies(
  ways: Awaited<ReturnType<typeof previewStream>>['ways'],
  lookups: BoundedCalls,
  timesOf: (calls: Ranges) => Preview['times'],
): readonly StrategyPreview[] {
  const names = [...new Set(ways.map(({ name }) => name))];
  if (names.length < 2) return [];
  return names.map((name) => {
    const same = ways.filter((way) => way.name === name);
    const requests = callsOf(together([lookups, ...same]));
    const [time] = timesOf(requests);
    return {
      name,
      is_configured: same.every(({ isConfigured }) => isConfigured),
      calls: sumOf(Object.values(requests)),
      requests,
      seconds: time?.seconds ?? null,
      runs: time?.runs ?? null,
    };
  });
}
