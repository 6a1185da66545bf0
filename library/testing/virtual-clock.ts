import type { Clock } from '../../runtime/contract/clock.ts';

/**
 * Time that passes only when someone sleeps: every sleep ends at once and moves the clock.
 * @public
 */
export class VirtualClock implements Clock {
  time: number;
  readonly sleeps: number[] = [];
  onSleep: ((ms: number) => void) | undefined;
  chance: () => number = () => 1 - Number.EPSILON;

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.sleeps.push(ms);
    this.time += ms;
    this.onSleep?.(ms);
  }

  random(): number {
    return this.chance();
  }
}
