import { setMaxListeners } from 'node:events';
import type { Clock } from '../../../runtime/contract/clock.ts';
import type { ObservedWindow, WindowLimit } from '../../../runtime/contract/rate-limit-window.ts';
import { RateLimit } from '../../../runtime/http/rate-limit.ts';

type RateLimitOptions = ConstructorParameters<typeof RateLimit>[0];

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Time that passes when nothing else is left to do: the earliest sleeper wakes next. */
export class SimulatedClock implements Clock {
  time = 0;
  #sleepers: Sleeper[] = [];
  #order = 0;

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        wake();
      };
      const wake = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const sleeper = { at: this.time + Math.max(0, ms), order: this.#order++, wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  random(): number {
    return 0.5;
  }

  /** Runs everything there is to run until `end`, or until `done` says so. */
  async run(end: number, done: () => boolean = () => false): Promise<void> {
    for (;;) {
      await settle();
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (best, one) => (best && (best.at < one.at || (best.at === one.at && best.order < one.order)) ? best : one),
        undefined,
      );
      if (done() || next === undefined || next.at > end) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    if (!done()) this.time = Math.max(this.time, end);
  }
}

// Enough turns of the microtask queue for any chain of promises in these files.
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

/** Fixed windows that open when a request arrives and none is open, as the rate-limit page describes them. */
export class SimulatedServer {
  readonly #windows: { name: string; periodMs: number; limit: number; used: number; closesAt: number }[];
  ok = 0;
  refused = 0;

  constructor(windows: readonly WindowLimit[]) {
    this.#windows = windows.map(({ name, periodMs, limit }) => ({ name, periodMs, limit, used: 0, closesAt: 0 }));
  }

  arrive(now: number): { retryAfterMs: number | undefined; observed: ObservedWindow[] } {
    for (const window of this.#windows) if (now >= window.closesAt) window.used = 0;
    const full = this.#windows.filter(({ used, limit }) => used >= limit);
    if (full.length === 0) {
      this.ok++;
      for (const window of this.#windows) {
        if (window.used++ === 0) window.closesAt = now + window.periodMs;
      }
    } else this.refused++;
    const retryAfterMs = full.length === 0 ? undefined : Math.max(...full.map(({ closesAt }) => closesAt - now));
    return { retryAfterMs, observed: this.#windows.map(({ name, limit, used }) => ({ name, limit, used })) };
  }
}

export const { signal } = new AbortController();

setMaxListeners(0, signal);

export const minute = (limit: number): WindowLimit => ({ name: 'minute', periodMs: 60_000, limit });

export const hour = (limit: number): WindowLimit => ({ name: 'hour', periodMs: 3_600_000, limit });

export const day = (limit: number): WindowLimit => ({ name: 'day', periodMs: 86_400_000, limit });

export function limitOf(
  windows: readonly WindowLimit[],
  clock: Clock,
  more: Partial<RateLimitOptions> = {},
): RateLimit {
  const maxWaitMs = Number.POSITIVE_INFINITY;
  return new RateLimit({ name: 'POST things', windows, reservePercent: 0, maxWaitMs, clock, ...more });
}

interface Load {
  readonly inFlight: number;
  /** How long a request takes to arrive, and its answer to come back. */
  readonly latencyMs: () => number;
  /** Between the end of one request and the wish to send the next. */
  readonly pauseMs?: () => number;
  readonly lose?: () => boolean;
}

/** Sends as many requests as it may, until the time is over. */
export async function send(limit: RateLimit, server: SimulatedServer, clock: SimulatedClock, end: number, load: Load) {
  const { signal } = new AbortController();
  let finished = 0;
  let workers = load.inFlight;
  const worker = async (): Promise<void> => {
    while (clock.now() < end) {
      const permit = await limit.acquire(signal);
      await clock.sleep(load.latencyMs(), signal);
      const lost = load.lose?.() ?? false;
      if (lost && load.latencyMs() % 2 === 0) {
        permit.lost();
        continue;
      }
      const { retryAfterMs, observed } = server.arrive(clock.now());
      await clock.sleep(load.latencyMs(), signal);
      if (lost) permit.lost();
      else if (retryAfterMs === undefined) permit.answered(observed);
      else permit.refused(retryAfterMs, observed);
      if (retryAfterMs === undefined) finished++;
      const pause = load.pauseMs?.() ?? 0;
      if (pause > 0) await clock.sleep(pause, signal);
    }
    workers--;
  };
  for (let i = 0; i < load.inFlight; i++) void worker();
  await clock.run(end * 4, () => workers === 0 || clock.now() >= end);
  return finished;
}

export async function sendWhileThereIsRoom(
  limit: RateLimit,
  server: SimulatedServer,
  clock: SimulatedClock,
  latencyMs: () => number,
) {
  let workers = 4;
  const worker = async (): Promise<void> => {
    for (;;) {
      const permit = await limit.acquire(signal).catch(() => undefined);
      if (permit === undefined) break;
      await clock.sleep(latencyMs(), signal);
      const { retryAfterMs, observed } = server.arrive(clock.now());
      await clock.sleep(latencyMs(), signal);
      if (retryAfterMs === undefined) permit.answered(observed);
      else permit.refused(retryAfterMs, observed);
    }
    workers--;
  };
  for (let i = 0; i < 4; i++) void worker();
  await clock.run(Number.MAX_SAFE_INTEGER, () => workers === 0);
}

/** A small repeatable source of chance. */
export function chance(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export const latency = (random: () => number, maxMs: number) => (): number => Math.floor(random() * (maxMs + 1));
