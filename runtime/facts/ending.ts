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

/** When to run again; null where that brings nothing on: nothing is deferred, or a person comes first. */
export function retryAtOf(
  { status, streams }: { readonly status: RunStatus; readonly streams: readonly StreamReport[] },
  known: number | undefined,
  now: number,
): string | null {
  const waits =
    status === 'deferred' || (status === 'rejected' && streams.some((stream) => countOf(stream, 'deferred') > 0));
  return waits ? new Date(known ?? now + outageRetryMs).toISOString() : null;
}
