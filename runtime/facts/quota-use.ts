import type { Quota, Traffic } from '../contract/destination.ts';
import { openedAt, type RateLimitState } from '../contract/rate-limit-window.ts';
import type { QuotaNow } from './quota.ts';
import type { RunReport } from './run-report.ts';

/** The windows of the rate limits of an account, as they stand at a time; those without a limit are left out. */
export const quotaUse = (states: Readonly<Record<string, RateLimitState>>, at: number): RunReport['quota'] =>
  Object.entries(states).flatMap(([action, { windows }]) =>
    windows
      .filter(({ limit }) => limit > 0)
      .map((window) => ({ action, window: window.name, limit: window.limit, used: openedAt(window, at).used })),
  );

/** The rate limits as they stand, of the requests that a run has made. */
export function quotaNow(quota: Quota, { calls }: Traffic): QuotaNow {
  const states = quota.snapshot();
  const [{ windows, reservePercent, maxWaitMs }] = quota.plans();
  const made = Object.keys(calls).flatMap((request) => {
    const state = states[quota.actionOf(request)];
    return state === undefined ? [] : [[request, state] as const];
  });
  return { throttle: { windows, reservePercent, maxWaitMs }, states: Object.fromEntries(made) };
}
