import type { Clock } from '../contract/clock.ts';
import {
  logMessage,
  type OutgoingMessage,
  rateLimitedMessage,
  runningMessage,
  type StreamDescriptor,
} from '../contract/protocol.ts';
import { type Notices, withNotices } from './notices.ts';

/** Where messages for the client come from. */
interface MessageSources {
  readonly notices: Notices;
  readonly clock: Clock;
  /** The streams that wait where the connection waits. */
  readonly streams: readonly StreamDescriptor[];
}

/**
 * The items, and between them messages for the client: warnings, the start of a wait for a rate limit, and its end.
 * Requests in flight wait for the same window: it is announced once.
 */
export async function* withClientMessages<T>(
  items: AsyncIterable<T>,
  { notices, clock, streams }: MessageSources,
): AsyncGenerator<{ readonly item: T } | { readonly message: OutgoingMessage }, void, void> {
  const over = new AbortController();
  let waitsUntil = 0;
  const running = () => streams.map((stream) => ({ message: runningMessage(stream, clock.now()) }));
  const resumed = () => {
    // A longer wait may have begun meanwhile.
    if (waitsUntil === 0 || clock.now() < waitsUntil) return [];
    waitsUntil = 0;
    return running();
  };
  try {
    for await (const event of withNotices(items, notices)) {
      if ('item' in event) yield event;
      else if (event.notice.type === 'warning') yield { message: logMessage('WARN', event.notice.message) };
      else if (event.notice.type === 'resumed') yield* resumed();
      else if (event.notice.isRateLimit && event.notice.untilMs > Math.max(waitsUntil, clock.now())) {
        waitsUntil = event.notice.untilMs;
        for (const stream of streams) yield { message: rateLimitedMessage(stream, waitsUntil, clock.now()) };
        void clock.sleep(waitsUntil - clock.now(), over.signal).then(() => {
          if (!over.signal.aborted) notices.push({ type: 'resumed' });
        });
      }
    }
    if (waitsUntil > 0) yield* running();
  } finally {
    over.abort();
  }
}

/** What `work` resolves with; meanwhile the client gets messages as above. */
export async function* clientMessagesWhile<T>(
  work: Promise<T>,
  sources: MessageSources,
): AsyncGenerator<OutgoingMessage, T, void> {
  let result: { readonly item: T } | undefined;
  for await (const event of withClientMessages(only(work), sources)) {
    if ('item' in event) result = event;
    else yield event.message;
  }
  return result!.item;
}

async function* only<T>(work: Promise<T>): AsyncGenerator<T, void, void> {
  yield await work;
}
