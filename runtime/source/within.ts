import type { Clock } from '../clock.ts';

/** The result of `promise`, or `late` when that takes longer than `ms`, or `aborted` when the signal comes first. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly result: T } | 'late' | 'aborted'> {
  const over = new AbortController();
  const both = AbortSignal.any([over.signal, signal]);
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { signal: over.signal });
  });
  const contenders: Promise<{ readonly result: T } | 'late' | 'aborted'>[] = [
    promise.then((result) => ({ result })),
    aborted,
  ];
  if (ms < Number.POSITIVE_INFINITY) contenders.push(clock.sleep(ms, both).then(() => 'late' as const));
  try {
    return await Promise.race(contenders);
  } finally {
    over.abort();
  }
}
