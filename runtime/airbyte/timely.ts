import type { Clock } from '../contract/clock.ts';
import { Bell } from '../deliver/bell.ts';
import { Pulled } from './pulled.ts';

/** When something must happen though nothing arrives. */
interface Deadline {
  readonly clock: Clock;
  /** The time, in milliseconds since the epoch; infinite for never. Never earlier than what it said before. */
  readonly dueAt: () => number;
  /** Ends the waiting, and the items. */
  readonly signal: AbortSignal;
}

/** The items, and `due` between them whenever the deadline has passed. An item that is waited for is not lost by that. */
export async function* timely<T>(
  items: AsyncIterable<T>,
  { clock, dueAt, signal }: Deadline,
): AsyncGenerator<{ readonly item: T } | 'due', void, void> {
  const bell = new Bell();
  const over = new AbortController();
  const pulled = new Pulled(items, bell.ring);
  // One timer at a time: a deadline only ever moves away, so one that rings early is set again.
  let isSet = false;
  const setTimer = (): void => {
    const ms = dueAt() - clock.now();
    if (isSet || ms === Number.POSITIVE_INFINITY) return;
    isSet = true;
    void clock.sleep(ms, over.signal).then(() => {
      isSet = false;
      bell.ring();
    });
  };
  signal.addEventListener('abort', bell.ring, { signal: over.signal });
  try {
    for (pulled.pull(); !signal.aborted; ) {
      const { result } = pulled;
      if (result === undefined) {
        if (clock.now() >= dueAt()) yield 'due';
        else {
          setTimer();
          await bell.heard();
        }
        continue;
      }
      if (result.done) return;
      yield { item: result.value };
      pulled.pull();
    }
  } finally {
    over.abort();
    // Not waited for: a read that is under way may last for ever.
    void pulled.stop().catch(() => undefined);
  }
}
