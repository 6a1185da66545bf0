import type { Traffic } from '../contract/destination.ts';
import { codeOf, messageOf } from '../contract/failure.ts';
import { retryAtOf, statusOf, stopOf } from './ending.ts';
import type { RunSummary, StreamReport, WithheldRecords } from './report.ts';

/** What a summary is made of. */
interface Ended extends Pick<RunSummary, 'costs' | 'notices'> {
  readonly runId: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly streams: readonly StreamReport[];
  readonly traffic: Traffic;
  readonly failAbovePercent: number;
  /** When the first of the deferred rows can go on, where that is known. */
  readonly retryAt: number | undefined;
  /** With a plan: rows that it did not allow to be sent, by stream. */
  readonly withheldRecords?: ReadonlyMap<string, WithheldRecords>;
  /** Why the run could not go on; undefined where it did. */
  readonly cause: unknown;
}

/** The summary of a run that has ended. */
export function runSummary(ended: Ended): RunSummary {
  const {
    runId,
    startedAt,
    finishedAt,
    streams,
    traffic,
    failAbovePercent,
    retryAt,
    cause,
    costs = [],
    notices = [],
  } = ended;
  const status = statusOf({ streams, failAbovePercent, stop: stopOf(cause) });
  return {
    type: 'run_summary',
    run_id: runId,
    status,
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    retry_at: retryAtOf({ status, streams, cause }, retryAt, finishedAt),
    streams,
    calls: traffic.calls,
    retries: traffic.retries,
    rate_limited: traffic.rateLimited,
    ...(costs.length > 0 && { costs }),
    ...(traffic.withheld && { plan: { withheld: traffic.withheld, ...recordsOf(ended.withheldRecords) } }),
    ...(notices.length > 0 && { notices }),
    ...(cause !== undefined && { error: messageOf(cause), error_code: codeOf(cause) }),
  };
}

/** Streams and kinds with nothing withheld are left out. */
function recordsOf(withheld: ReadonlyMap<string, WithheldRecords> = new Map()) {
  const streams = [...withheld].flatMap(([stream, counts]) => {
    const some = Object.entries(counts).filter(([, rows]) => rows > 0);
    return some.length === 0 ? [] : [[stream, Object.fromEntries(some)] as const];
  });
  return streams.length === 0 ? {} : { withheld_records: Object.fromEntries(streams) };
}
