import type { Quota, QuotaPlan } from '../../contract/destination.ts';
import { type RateLimitState, windowsAt } from '../../contract/rate-limit-window.ts';
import { timeFor } from '../../http/plan-time.ts';
import { type Range, type Ranges, range } from './plan-range.ts';

/** How long the calls of a run take on one plan. Endpoints have quotas of their own and overlap: the slowest one counts. */
interface PlanTime {
  readonly plan: string;
  /** It is the plan that holds, with what earlier runs have used of it. */
  readonly is_configured: boolean;
  readonly seconds: Range;
  /** Runs it takes, where a run does not wait that long. */
  readonly runs: Range;
  readonly endpoints: readonly EndpointTime[];
}

/** How long the calls to one endpoint take. */
interface EndpointTime {
  readonly request: string;
  readonly calls: Range;
  readonly seconds: Range;
  /** The window that is waited for the longest; null where none is. */
  readonly binding: string | null;
  readonly windows: readonly WindowTime[];
}

/** How long the calls would take if this were the only window. */
interface WindowTime {
  readonly window: string;
  /** Requests a period; 0 means no limit. */
  readonly limit: number;
  readonly used: number;
  readonly seconds: Range;
}

/** How long calls take from `now` on, on the plan that holds and on each of the others. */
export function planTimes(calls: Ranges, quota: Quota, now: number): readonly PlanTime[] {
  const states = quota.snapshot();
  return quota.plans().map((plan, index) => {
    const isConfigured = index === 0;
    const endpoints = Object.entries(calls).map(([request, count]) =>
      endpointTime(request, count, plan, now, isConfigured ? states[quota.actionOf(request)] : undefined),
    );
    return {
      plan: plan.name,
      is_configured: isConfigured,
      seconds: slowest(endpoints.map(({ time }) => time.seconds)),
      runs: slowest(endpoints.map(({ runs }) => runs)),
      endpoints: endpoints.map(({ time }) => time),
    };
  });
}

function endpointTime(
  request: string,
  calls: Range,
  plan: QuotaPlan,
  now: number,
  kept: RateLimitState | undefined,
): { readonly time: EndpointTime; readonly runs: Range } {
  const within = (windows: QuotaPlan['windows']) => {
    const [lower, upper] = [calls.min, calls.max].map((count) => timeFor(count, { ...plan, windows }, now, kept));
    return { lower: lower!, upper: upper! };
  };
  const { lower, upper } = within(plan.windows);
  const time = {
    request,
    calls,
    seconds: secondsOf(lower.ms, upper.ms),
    binding: upper.binding ?? null,
    windows: windowsAt(plan, kept, now).map(({ name, limit, window }, index) => {
      const only = within([plan.windows[index]!]);
      return {
        window: name,
        limit,
        used: window.used,
        seconds: secondsOf(only.lower.ms, only.upper.ms),
      };
    }),
  };
  return { time, runs: range(lower.runs, upper.runs) };
}

const secondsOf = (lowerMs: number, upperMs: number): Range =>
  range(Math.ceil(lowerMs / 1000), Math.ceil(upperMs / 1000));

const slowest = (list: readonly Range[]): Range => ({
  min: Math.max(0, ...list.map(({ min }) => min)),
  max: Math.max(0, ...list.map(({ max }) => max)),
});
