import type { Clock } from '../../contract/clock.ts';

/** The same entries in an order of chance (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], clock: Pick<Clock, 'random'>): readonly T[] {
  const entries = [...list];
  for (let end = entries.length - 1; end > 0; end--) {
    const place = Math.floor(clock.random() * (end + 1));
    [entries[end], entries[place]] = [entries[place]!, entries[end]!];
  }
  return entries;
}
