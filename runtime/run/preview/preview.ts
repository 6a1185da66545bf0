import type {
  Configured,
  Connection,
  Destination,
  RunConfig,
  StreamConfig,
  Surroundings,
} from '../../contract/destination.ts';
import type { Bound } from '../../contract/writer.ts';
import type { Budget } from '../../deliver/budget.ts';
import { openSource, type Source } from '../../source/source.ts';
import { requireOwner } from '../../state/ownership.ts';
import { type LookedInto, readState } from '../../state/state-database.ts';
import { type ReadyStream, ready, sourceOf } from '../ready.ts';
import type { RunOptions } from '../sync.ts';
import { type Breach, breachesOf } from './guards.ts';
import {
  type CostRange,
  callsOf,
  costRangesOf,
  type Foretold,
  type Range,
  type Ranges,
  sumOf,
  together,
} from './plan-range.ts';
import { type PlanTime, planTimes } from './plan-times.ts';
import {
  type PreviewedStream,
  previewStream,
  type StreamAround,
  type StreamPreview,
  type Way,
} from './preview-stream.ts';

/** What a run would do; stands in JSON as it is (docs/preview.md). */
export interface Preview {
  readonly type: 'preview';
  readonly streams: readonly StreamPreview[];
  /** Requests by `METHOD path`, those included with which a run begins. */
  readonly calls: Ranges;
  /** What each field would cost, the dearest first. */
  readonly costs: readonly CostRange[];
  /** How long the calls take on the plan that holds, then on the others there are; empty where nothing limits them. */
  readonly times: readonly PlanTime[];
  /** The ways to write, beside each other; empty where there is one only. */
  readonly strategies: readonly StrategyPreview[];
  /** The configured guards that would stop the run. */
  readonly guards: readonly Breach[];
}

/** What all streams would cost if they were written in one way, on the plan that holds. */
export interface StrategyPreview {
  readonly name: string;
  /** Every stream is configured so. */
  readonly is_configured: boolean;
  readonly calls: Range;
  readonly requests: Ranges;
  readonly seconds: Range | null;
  readonly runs: Range | null;
}

export interface PreviewOptions extends RunOptions {
  /** How many payloads to show of each stream. */
  readonly show: number;
}

/** Reads and maps everything a run would, and counts its requests, without making one that writes. */
export async function preview<C extends RunConfig>(
  destination: Destination<C>,
  { config }: Configured<C>,
  options: PreviewOptions,
  surroundings: Surroundings,
): Promise<Preview> {
  const connection = destination.connect(config, surroundings);
  let source: Source | undefined;
  try {
    source = await openSource(sourceOf(config), options.source);
    const state = await storedState(source, config, options, surroundings);
    const { quota } = connection;
    if (quota && state) quota.restore(await state.quota());
    const streams = await ready(connection, source, config, options);
    if (state) await refuseAnotherOwner(state, streams, connection, { config, options });
    const stateOf = async ({ config: { name }, writer: { version } }: ReadyStream<StreamConfig>) =>
      state?.stream({ stream: name, version, idsOnly: options.full ?? false });
    return await previewOf(streams, { connection, source, stateOf, config, options, surroundings });
  } finally {
    await source?.close();
    await connection.close();
  }
}

/** As the run would: throws ConfigFailure where the state store belongs to another workspace, or remembers other streams. */
async function refuseAnotherOwner<S extends StreamConfig>(
  state: LookedInto,
  streams: readonly ReadyStream<S>[],
  connection: Connection<S>,
  { config, options }: { readonly config: RunConfig; readonly options: RunOptions },
): Promise<void> {
  const ownership = await state.ownership();
  if (ownership.workspace !== undefined) await connection.prove(options.run.signal);
  const facts = streams.map((stream) => stream.facts);
  requireOwner(ownership, { workspace: connection.workspace, streams: facts }, config.state?.path ?? '');
}

/** What the state store knows; it is looked into and left as it is. */
async function storedState(
  { work }: Source,
  { state }: RunConfig,
  { runId = '' }: RunOptions,
  { clock }: Surroundings,
) {
  if (state?.type !== 'duckdb' || state.path === undefined) return undefined;
  return readState(work, { path: state.path, runId, clock });
}

/** What a preview is made with. */
export interface PreviewAround<S extends StreamConfig> {
  readonly connection: Connection<S>;
  readonly source: Source;
  readonly stateOf: StreamAround<S>['stateOf'];
  readonly config: RunConfig;
  readonly options: PreviewOptions;
  readonly surroundings: Surroundings;
}

/** The preview of streams that are ready. */
export async function previewOf<S extends StreamConfig>(
  streams: readonly ReadyStream<S>[],
  around: PreviewAround<S>,
): Promise<Preview> {
  const { connection, surroundings, config } = around;
  const lookups = lookupsOf(connection);
  const budgetOf = budgetsOf(config.limits?.max_records ?? Number.POSITIVE_INFINITY);
  const others = ({ config: { name, object } }: ReadyStream<S>) =>
    new Map(
      config.streams.flatMap((one) => (one.name !== name && one.object === object ? [[one.name, undefined]] : [])),
    );
  const previewed: PreviewedStream[] = [];
  for (const [i, stream] of streams.entries()) {
    const follows = streams.slice(0, i).some(({ config: { object } }) => object === stream.config.object);
    previewed.push(await previewStream(stream, { ...around, budgetOf, follows, others }));
  }

  const ways = previewed.flatMap((stream) => stream.ways);
  const foretold = together([lookups, ...ways.filter(({ isConfigured }) => isConfigured)]);
  const calls = callsOf(foretold);
  const now = surroundings.clock.now();
  const timesOf = (calls: Ranges) => (connection.quota ? planTimes(calls, connection.quota, now) : []);
  const previews = previewed.map(({ preview }) => preview);
  return {
    type: 'preview',
    streams: previews,
    calls,
    costs: costRangesOf(foretold),
    times: timesOf(calls),
    strategies: strategies(ways, lookups, timesOf),
    guards: [
      ...previewed.flatMap(({ breach }) => (breach === undefined ? [] : [breach])),
      ...breachesOf({ streams: previews }, config.guards ?? {}),
    ],
  };
}

/** The requests that a run begins with: those that were made to get ready, and the one that proves the key. */
function lookupsOf<S extends StreamConfig>(connection: Connection<S>): Foretold {
  const { calls } = connection.traffic();
  const { proof } = connection;
  const all = proof === undefined || calls[proof] !== undefined ? calls : { ...calls, [proof]: 1 };
  const counts = Object.entries(all).map(([request, count]) => ({ request, fields: null, calls: count }));
  return { least: counts, most: counts };
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
  ways: readonly Way[],
  lookups: Foretold,
  timesOf: (calls: Ranges) => readonly PlanTime[],
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
