import type { Clock } from '../contract/clock.ts';
import { Failure, isUndelivered, TransientFailure } from '../contract/failure.ts';

interface RetryPolicy {
  /** Times one request is sent again without the destination having said when to come back. */
  readonly maxRetries: number;
  /** Longest wait before the first of those; doubles with each. */
  readonly baseMs: number;
  readonly capMs: number;
  /** A wait the destination asks for must end within this of the first attempt; else the records are deferred. */
  readonly maxWaitMs: number;
}

/** What one request has cost so far. */
interface Spent {
  readonly retries: number;
  /** Times in a row that the destination said when to come back. */
  readonly waits: number;
}

/** Whether to send again, and what that spends; or why not. */
type Decision =
  | { readonly again: true; readonly waitMs: number; readonly spent: Spent }
  | { readonly again: false; readonly because: 'unsafe' | 'retries_spent' | 'patience_spent' };

export interface RetryOptions {
  /** Sending the request twice leaves the destination as sending it once. */
  readonly idempotent: boolean;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each attempt that was certainly not carried out. */
  readonly onUndelivered?: (() => void) | undefined;
  /** Called before each wait. */
  readonly onRetry?: (retry: Retry) => void;
}

/** A request that is about to be sent again. */
interface Retry {
  readonly failure: TransientFailure;
  readonly waitMs: number;
  /** Of the attempt that failed: 1 for the first. */
  readonly attempt: number;
  /** How many of the policy's retries are spent with it. */
  readonly retries: number;
}

const nothingSpent: Spent = { retries: 0, waits: 0 };

/**
 * Runs one request until it succeeds, fails for good, or is unsafe or too late to send again; `attempt` gets 1, 2, …
 * A stop ends the wait with the last failure, and nothing is sent after it. A failure that is thrown tells of all attempts
 * whether one of them may have been carried out.
 */
export async function retry<T>(
  attempt: (number: number) => Promise<T>,
  { idempotent, policy, clock, signal, onUndelivered, onRetry }: RetryOptions,
): Promise<T> {
  const startedAt = clock.now();
  let spent = nothingSpent;
  let mayHaveArrived = false;
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      mayHaveArrived ||= !isUndelivered(error);
      if (isUndelivered(error)) onUndelivered?.();
      const failure = retryable(error, { mayHaveArrived });
      if (signal.aborted) throw failure;
      const elapsedMs = clock.now() - startedAt;
      const decision = decide(failure, { idempotent, policy, spent, elapsedMs, random: clock.random() });
      if (!decision.again) throw failure;
      onRetry?.({ failure, waitMs: decision.waitMs, attempt: number, retries: decision.spent.retries });
      await clock.sleep(decision.waitMs, signal);
      if (signal.aborted) throw failure;
      spent = decision.spent;
    }
  }
}

/** Notes on a failure whether an attempt may have been carried out, and throws it where none may follow. */
function retryable(failure: unknown, { mayHaveArrived }: { readonly mayHaveArrived: boolean }): TransientFailure {
  if (failure instanceof Failure) failure.mayHaveArrived = mayHaveArrived;
  if (failure instanceof TransientFailure && failure.code !== 'run_limit') return failure;
  throw failure;
}

/**
 * Decides on one failure. A request that was turned away unread, with a time to come back, spends patience only; any
 * other spends a retry, and waits as long as the answer asks or for full-jitter backoff, whichever is longer.
 */
export function decide(
  { delivery, retryAfterMs }: Pick<TransientFailure, 'delivery' | 'retryAfterMs'>,
  facts: { idempotent: boolean; policy: RetryPolicy; spent: Spent; elapsedMs: number; random: number },
): Decision {
  const { idempotent, policy, spent, elapsedMs, random } = facts;
  if (delivery === 'unknown' && !idempotent) return { again: false, because: 'unsafe' };

  const turnedAway = delivery === 'not-delivered' && retryAfterMs !== undefined;
  if (!turnedAway && spent.retries >= policy.maxRetries) return { again: false, because: 'retries_spent' };

  // The floor grows, so that a destination that says "at once" for an hour is not asked thousands of times.
  const waitMs = turnedAway
    ? Math.max(retryAfterMs, ceilingMs(policy, spent.waits))
    : Math.max(retryAfterMs ?? 0, random * ceilingMs(policy, spent.retries));
  if (retryAfterMs !== undefined && elapsedMs + waitMs > policy.maxWaitMs)
    return { again: false, because: 'patience_spent' };

  const after = turnedAway ? { waits: spent.waits + 1 } : { waits: 0, retries: spent.retries + 1 };
  return { again: true, waitMs, spent: { ...spent, ...after } };
}

const ceilingMs = ({ baseMs, capMs }: RetryPolicy, times: number): number => Math.min(capMs, baseMs * 2 ** times);
