import type { DuckDBConnection, DuckDBMaterializedResult } from '@duckdb/node-api';
import { messageWithoutValues } from './message-without-values.ts';
import { unreadableSource } from './source-failure.ts';

// An interrupt that arrives before the query has started is forgotten when it starts, so it is repeated.
const interruptEveryMs = 20;

/**
 * Runs one statement to its end, or ends it promptly when the signal aborts. Throws the signal's reason then, and
 * otherwise TransientFailure (`source_unreadable`) that begins with `failed`. `cancel` ends what an interrupt does not reach.
 */
export async function runInterruptibly(
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal,
  failed: string,
  cancel: () => Promise<void> = async () => {},
): Promise<DuckDBMaterializedResult> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    timer = setInterval(() => connection.interrupt(), interruptEveryMs);
    void cancel();
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await connection.run(sql);
  } catch (error) {
    signal.throwIfAborted();
    throw unreadableSource(`${failed}: ${messageWithoutValues(error)}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
    clearInterval(timer);
  }
}

/** The result of `promise`, or the signal's reason if that comes first; `promise` is then left to itself. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
