import type { RateLimitState } from '../contract/rate-limit-window.ts';
import type { QuotaUse } from './run-report.ts';

/** The windows of the rate limits of an account, as they stand at a time; those without a limit are left out. */
export const quotaUse = (states: Readonly<Record<string, RateLimitState>>, at: number): readonly QuotaUse[] =>
  Object.entries(states).flatMap(([action, { windows }]) =>
    windows
      .filter(({ limit }) => limit > 0)
      .map(({ name, limit, used, closesAt = 0 }) => ({ action, window: name, limit, used: closesAt > at ? used : 0 })),
  );
