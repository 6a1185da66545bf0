import { Cancelled } from '../contract/cancelled.ts';
import { TransientFailure } from '../contract/failure.ts';
import type { Settled } from '../contract/record.ts';
import { countOf, type RunStatus, type StreamReport } from './report.ts';

/** Outages of the source, the state store or the rejects file: a person comes first. */
const ofThisSide: ReadonlySet<string> = new Set(['source_unreadable', 'state_unwritable', 'rejects_unwritable']);

/** What stopped a run, if anything did: a signal, something that a person must correct, or an outage. */
export function stopOf(cause: unknown): 'signal' | 'failure' | 'outage' | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Cancelled) return 'signal';
  return cause instanceof TransientFailure && !ofThisSide.has(cause.code) ? 'outage' : 'failure';
}

/** The earliest time at which one of the deferred rows can go on, of these and of those before. */
export const earliestRetry = (
  settled: readonly Pick<Settled, 'outcome'>[],
  before: number | undefined,
): number | undefined =>
  settled.reduce((found, { outcome }) => {
    const at = outcome.status === 'deferred' ? outcome.retryAt : undefined;
    return at === undefined ? found : Math.min(at, found ?? at);
  }, before);

// When an outage ends is not known; this is soon enough to lose little and late enough not to hammer.
const outageRetryMs = 5 * 60_000;

/**
 * When to run again; null where that brings nothing on: nothing is deferred, or a person comes first. What stopped the run may say it,
 * where no row does.
 */
export function retryAtOf(
  {
    status,
    streams,
    cause,
  }: { readonly status: RunStatus; readonly streams: readonly StreamReport[]; readonly cause: unknown },
  known: number | undefined,
  now: number,
): string | null {
  const waits =
    status === 'deferred' || (status === 'rejected' && streams.some((stream) => countOf(stream, 'deferred') > 0));
  const { retryAfterMs = outageRetryMs } = cause instanceof TransientFailure ? cause : {};
  return waits ? new Date(known ?? now + retryAfterMs).toISOString() : null;
}

/** What decides how a run ended. */
interface Ending {
  readonly streams: readonly StreamReport[];
  readonly failAbovePercent: number;
  /** What stopped the run, if anything did. */
  readonly stop: 'signal' | 'failure' | 'outage' | undefined;
}

/** Whether rows were read, and not one of them was taken: the mapping is to blame rather than the rows. */
export function isAllRejected(streams: readonly Pick<StreamReport, 'read' | 'rejected'>[]): boolean {
  const read = streams.reduce((sum, stream) => sum + stream.read, 0);
  return read > 0 && streams.reduce((sum, stream) => sum + stream.rejected, 0) === read;
}

/** Why a run counts as rejected. */
export function rejectionText(
  streams: readonly Pick<StreamReport, 'read' | 'rejected'>[],
  failAbovePercent?: number,
): string {
  const sum = (key: 'rejected' | 'read') => streams.reduce((total, stream) => total + stream[key], 0);
  if (isAllRejected(streams))
    return sum('read') === 1 ? 'The only row was rejected.' : `Every row was rejected, all ${sum('read')}.`;
  const limit = `rejects.fail_above_percent${failAbovePercent === undefined ? '' : ` (${failAbovePercent})`}`;
  return `${sum('rejected')} of ${sum('read')} rows were rejected, more than ${limit} allows.`;
}

/** How a run ended, by the precedence of the exit codes: what a person must see first comes first. */
export function statusOf({ streams, failAbovePercent, stop }: Ending): RunStatus {
  const total = (key: 'rejected' | 'deferred') => streams.reduce((sum, stream) => sum + countOf(stream, key), 0);
  const seen = streams.reduce((sum, { read, removed }) => sum + read + (removed?.found ?? 0), 0);
  if (stop === 'signal') return 'cancelled';
  if (stop === 'failure') return 'failed';
  if (total('rejected') * 100 > failAbovePercent * seen || isAllRejected(streams)) return 'rejected';
  return stop === 'outage' || total('deferred') > 0 ? 'deferred' : 'succeeded';
}
