import type { Clock } from '../contract/clock.ts';
import { EXIT_USAGE } from '../facts/exit-codes.ts';
import type { RunSummary } from '../facts/report.ts';

/** How one run of a schedule ended; without a summary, it was refused. */
interface ScheduledRun {
  readonly exitCode: number;
  readonly summary?: RunSummary;
}

interface ScheduleOptions {
  readonly everyMs: number;
  readonly clock: Clock;
  /** Ends the schedule: at once while it waits. */
  readonly signal: AbortSignal;
  /** Gets the time of the next run. */
  readonly tell: (at: number) => Promise<void>;
}

// One may be a file that is just being replaced; several need a person, who notices a schedule that has ended.
const maxRefused = 3;

/**
 * Makes one run after another, never two at once, until the signal ends it. Returns the exit code of the last one. The
 * schedule also ends where the first run is refused, or several in a row are: a person must change something.
 */
export async function runOnSchedule(run: () => Promise<ScheduledRun>, options: ScheduleOptions): Promise<number> {
  const { clock, signal, tell } = options;
  let refused = 0;
  for (let isFirst = true; ; isFirst = false) {
    const startedAt = clock.now();
    const end = await run();
    refused = end.exitCode === EXIT_USAGE ? refused + 1 : 0;
    if (signal.aborted || refused >= (isFirst ? 1 : maxRefused)) return end.exitCode;
    const at = nextRunAt(end, startedAt, options);
    await tell(at);
    await clock.sleep(at - clock.now(), signal);
    if (signal.aborted) return end.exitCode;
  }
}

// Schedules that were started together must not ask at the same second for ever.
const jitterShare = 0.1;
const maxJitterMs = 5 * 60_000;
const dayMs = 86_400_000;

/**
 * When the next run is. Runs that a long run has missed are not made up for. Where rows are deferred, it is when they can
 * go on, sooner or later than the usual time, but no more than a day later: no rate limit lasts longer. What `limits`
 * leaves over waits for the usual time at least.
 */
export function nextRunAt(
  { summary }: ScheduledRun,
  startedAt: number,
  { everyMs, clock }: Pick<ScheduleOptions, 'everyMs' | 'clock'>,
): number {
  const usual = startedAt + everyMs;
  const wantedAt = summary?.retry_at ? Date.parse(summary.retry_at) : undefined;
  const retryAt = wantedAt === undefined ? undefined : Math.min(wantedAt, clock.now() + dayMs);
  const wanted = retryAt === undefined ? usual : isLimited(summary!) ? Math.max(usual, retryAt) : retryAt;
  return Math.max(clock.now(), wanted + clock.random() * Math.min(everyMs * jitterShare, maxJitterMs));
}

/** Whether rows are deferred by nothing but the limits that a person has set for a run. */
const isLimited = ({ streams }: RunSummary): boolean =>
  streams
    .flatMap(({ deferred_codes, removed }) => Object.keys({ ...deferred_codes, ...removed?.deferred_codes }))
    .every((code) => code === 'run_limit');
