import type { Leave, SharedPermit } from '../contract/rate-limit-window.ts';
import type { Permit, RateLimit } from './rate-limit.ts';

interface SharedAsk {
  readonly signal: AbortSignal;
  readonly maxWaitMs?: number | undefined;
  /** Asks those who share the limit; undefined where it is this run's alone. */
  readonly leave: (() => Promise<Leave>) | undefined;
}

/**
 * Leave by the limit of this run, and by that which it shares with others: what those say when it is used up, its own learns, and
 * waits or throws as for itself.
 */
export async function sharedPermit(limit: RateLimit, { signal, maxWaitMs, leave }: SharedAsk): Promise<Permit> {
  for (;;) {
    const own = await limit.acquire(signal, maxWaitMs);
    if (leave === undefined) return own;
    const found = await leave().catch((error: unknown) => {
      own.unsent();
      throw error;
    });
    if (!('until' in found)) return both(own, found);
    own.unsent();
    limit.holdUntil(found.until, found.reason);
  }
}

const both = (own: Permit, shared: SharedPermit): Permit => ({
  isStale: () => shared.isStale(),
  answered: (observed) => {
    shared.answered(observed);
    own.answered(observed);
  },
  refused: (waitMs, observed) => {
    shared.refused(waitMs, observed);
    own.refused(waitMs, observed);
  },
  lost: () => {
    shared.answered();
    own.lost();
  },
  unsent: () => {
    shared.unsent();
    own.unsent();
  },
});
