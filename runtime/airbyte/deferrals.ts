import { TransientFailure } from '../contract/failure.ts';
import type { Settled } from '../contract/record.ts';
import { counted } from '../facts/counted.ts';

/** The deferred rows of a run: how many, and why. */
export class Deferrals {
  #count = 0;
  readonly #codes = new Map<string, { count: number; readonly message: string }>();

  get count(): number {
    return this.#count;
  }

  add(settled: readonly Settled[]): void {
    for (const { outcome } of settled) {
      if (outcome.status !== 'deferred') continue;
      this.#count++;
      const code = this.#codes.get(outcome.code) ?? { count: 0, message: outcome.message };
      this.#codes.set(outcome.code, code);
      code.count++;
    }
  }

  /** What ends a run that deferred rows: its client comes back with them, from the last state it was given. */
  failure(retryAt: number | undefined, nowMs: number): TransientFailure {
    const [code = 'run_stopped', { message }] = [...this.#codes].sort(([, a], [, b]) => b.count - a.count)[0]!;
    const counts = [...this.#codes].map(([each, { count }]) => `${each}: ${count}`).join(', ');
    const when = retryAt === undefined ? '' : ` Retry at ${new Date(retryAt).toISOString()}.`;
    return new TransientFailure(
      `${counted(this.#count, 'row')} ${this.#count === 1 ? 'is' : 'are'} deferred (${counts}): ${message}${when} The next sync takes them, from the last state given.`,
      { code, delivery: 'not-delivered', retryAfterMs: retryAt && Math.max(0, retryAt - nowMs) },
    );
  }
}
