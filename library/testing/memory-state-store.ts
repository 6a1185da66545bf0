import type { Settled } from '../../runtime/contract/record.ts';
import type { Intent, Known, StateStore } from '../../runtime/contract/state-store.ts';

/**
 * A state store in a Map, which can be made to fail as a full disk does.
 * @public
 */
export class MemoryStateStore implements StateStore {
  readonly entries = new Map<string, Known>();
  /** Primary keys of what was about to be written. */
  readonly announced = new Set<string>();
  calls = 0;
  failsAt = Number.POSITIVE_INFINITY;
  readonly failure = new Error('disk full');

  async recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    const found = new Map<string, Known>();
    for (const key of primaryKeys) {
      const known = this.entries.get(key);
      if (known) found.set(key, known);
    }
    return found;
  }

  async intend(intents: readonly Intent[]): Promise<number> {
    if (this.calls++ >= this.failsAt) throw this.failure;
    for (const { primaryKey } of intents) this.announced.add(primaryKey);
    return 0;
  }

  async record(settled: readonly Settled[]): Promise<void> {
    if (this.calls++ >= this.failsAt) throw this.failure;
    for (const one of settled) {
      const known = learned(one, one.primaryKey === undefined ? undefined : this.entries.get(one.primaryKey));
      if (known) this.entries.set(one.primaryKey!, known);
    }
  }
}

function learned({ fingerprint, outcome }: Settled, before: Known | undefined): Known | undefined {
  if (fingerprint === undefined) return before;
  if (outcome.status === 'rejected') return { ...before, fingerprint, rejection: outcome.rejection };
  if ('id' in outcome && outcome.id !== undefined) return { fingerprint, id: outcome.id };
  return before;
}
