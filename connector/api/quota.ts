import type { QuotaPlan } from '../../runtime/contract/destination.ts';
import {
  type ObservedWindow,
  PERIODS_MS,
  type RateLimitState,
  type WindowLimit,
} from '../../runtime/contract/rate-limit-window.ts';

/** Requests an endpoint takes a minute, an hour and a day. 0 means no limit. */
interface PlanLimits {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
}

type Plan = 'auto' | 'free' | 'basic' | 'professional' | 'organization' | 'custom';

/** How much of Apollo's API may be used, as configured. */
export interface QuotaConfig {
  readonly plan: Plan;
  /** With plan `custom`; a window that is left out has no limit but Apollo's. */
  readonly custom?: { readonly minute?: number; readonly hour?: number; readonly day?: number };
  /** What a probe has found, by action; with plan `auto` a run starts with it. Null is a window without limit. */
  readonly known?: Readonly<Record<string, KnownLimits>> | undefined;
}

/** Requests that an endpoint takes in each window, as far as it is known. */
type KnownLimits = { readonly [window in WindowName]?: number | null };

// P70. docs.apollo.io/reference/rate-limits, 2026-08-12: default endpoints, for each team and endpoint. Answers seen live in
// August and October 2026 said 200 / 400 / 2,000 on a paid plan. No other limits are published for the endpoints used.
const limits = {
  free: { minute: 50, hour: 200, day: 600 },
  basic: { minute: 200, hour: 400, day: 2000 },
  professional: { minute: 200, hour: 400, day: 2000 },
  organization: { minute: 200, hour: 600, day: 6000 },
} as const satisfies Record<Exclude<Plan, 'auto' | 'custom'>, PlanLimits>;

/** What each plan allows. `auto` starts with the least of them, until the first answer tells the real numbers. */
export const PLANS = { ...limits, auto: limits.free } as const satisfies Record<Exclude<Plan, 'custom'>, PlanLimits>;

// Names and the empty limit of a window that does not exist: docs.apollo.io/reference/rate-limits, 2026-07-28; seen live
// in August and October 2026. The second name of the day is of older documentation.
const WINDOWS = [
  {
    name: 'minute',
    periodMs: PERIODS_MS.minute,
    limit: ['x-rate-limit-minute'],
    used: ['x-minute-usage'],
    left: ['x-minute-requests-left'],
  },
  {
    name: 'hour',
    periodMs: PERIODS_MS.hour,
    limit: ['x-rate-limit-hourly'],
    used: ['x-hourly-usage'],
    left: ['x-hourly-requests-left'],
  },
  {
    name: 'day',
    periodMs: PERIODS_MS.day,
    limit: ['x-rate-limit-24-hour', 'x-rate-limit-daily'],
    used: ['x-24-hour-usage', 'x-daily-usage'],
    left: ['x-24-hour-requests-left', 'x-daily-requests-left'],
  },
] as const;

type WindowName = (typeof WINDOWS)[number]['name'];

/** The windows of one endpoint before anything is known of it. What Apollo says replaces a plan, never a custom limit. */
export function windowsOf({ plan, custom = {}, known = {} }: QuotaConfig, action?: string): readonly WindowLimit[] {
  const found = plan === 'auto' ? known[action ?? Object.keys(known)[0] ?? ''] : undefined;
  return WINDOWS.map(({ name, periodMs }) => {
    if (found?.[name] !== undefined) return { name, periodMs, limit: found[name] ?? 0 };
    if (plan !== 'custom') return { name, periodMs, limit: PLANS[plan][name] };
    const ceiling = custom[name] ?? 0;
    return { name, periodMs, limit: ceiling, ceiling };
  });
}

/**
 * The configured plan, then the others that Apollo sells. With `auto` it is what an answer of any endpoint has shown: no
 * other limits are published for those that are used (docs.apollo.io/reference/rate-limits, 2026-08-12).
 */
export function quotaPlans(
  {
    reservePercent,
    maxWaitMs,
    ...config
  }: QuotaConfig & { readonly reservePercent: number; readonly maxWaitMs: number },
  states: Readonly<Record<string, RateLimitState>>,
): readonly [QuotaPlan, ...QuotaPlan[]] {
  const shown = Object.values(states).find(({ windows }) => areReported(windows))?.windows ?? [];
  const windows = windowsOf(config).map((window) => {
    const learned = config.plan === 'auto' ? shown.find(({ name }) => name === window.name) : undefined;
    return { ...window, limit: learned?.limit ?? window.limit };
  });
  const others = (['free', 'basic', 'professional', 'organization'] as const).filter((plan) => plan !== config.plan);
  const around = { reservePercent, maxWaitMs };
  return [
    { name: config.plan, windows, ...around },
    ...others.map((plan) => ({ name: plan, windows: windowsOf({ plan }), ...around })),
  ];
}

/** Whether some answer has shown these limits: an endpoint that shows none still has those that `auto` starts with. */
const areReported = (windows: RateLimitState['windows']): boolean =>
  windows.length === WINDOWS.length && WINDOWS.some(({ name }, i) => windows[i]?.limit !== PLANS.auto[name]);

/** What the headers of an answer say of the windows; undefined where they say nothing, as on 401, 403 and health. */
export function observedWindows(headers: Readonly<Record<string, string>>): readonly ObservedWindow[] | undefined {
  const observed = WINDOWS.flatMap((window): ObservedWindow[] => {
    const text = headerOf(headers, window.limit);
    if (text === undefined) return [];
    if (text.trim() === '') return [{ name: window.name, limit: 0 }];
    const limit = countOf(text);
    // A limit of 0 would let nothing through, for ever: whoever has one gets 429.
    if (limit === undefined || limit === 0) return [];
    const left = countOf(headerOf(headers, window.left));
    const used = countOf(headerOf(headers, window.used)) ?? (left === undefined ? undefined : limit - left);
    return [{ name: window.name, limit, ...(used !== undefined && { used: Math.max(0, used) }) }];
  });
  return observed.length === 0 ? undefined : observed;
}

/** The longest of the windows that an answer shows as spent. */
export function spentWindow(headers: Readonly<Record<string, string>>): WindowName | undefined {
  const spent = (observedWindows(headers) ?? []).filter(({ limit = 0, used = 0 }) => limit > 0 && used >= limit);
  return WINDOWS.findLast(({ name }) => spent.some((window) => window.name === name))?.name;
}

const headerOf = (headers: Readonly<Record<string, string>>, names: readonly string[]): string | undefined =>
  names.map((name) => headers[name]).find((value) => value !== undefined);

/** `400`, `1,000` or `200.0`; of a header that came more than once, the first. */
function countOf(text: string | undefined): number | undefined {
  const [, digits] = /^\s*(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.0*)?\s*(?:[;,]\s.*)?$/.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''));
}
