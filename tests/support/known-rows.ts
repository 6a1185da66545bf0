import type { Settled } from '../../runtime/contract/record.ts';
import type { Known, StateStore } from '../../runtime/contract/state-store.ts';

/** A state store in a Map that keeps of each row what the one in DuckDB keeps. */
export class KnownRows implements StateStore {
  readonly #known = new Map<string, Known>();
  readonly #version: string | undefined;

  constructor(version: string | undefined) {
    this.#version = version;
  }

  /** What is known of each row. */
  get all(): readonly Known[] {
    return [...this.#known.values()];
  }

  async recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    return new Map(primaryKeys.flatMap((key) => (this.#known.has(key) ? [[key, this.#known.get(key)!]] : [])));
  }

  async intend(): Promise<number> {
    return 0;
  }

  async record(settled: readonly Settled[]): Promise<void> {
    for (const one of settled) {
      const { primaryKey, fingerprint, id, matchKey, values, outcome } = one;
      if (primaryKey === undefined || outcome.status === 'superseded') continue;
      this.#known.set(primaryKey, {
        ...(fingerprint !== undefined && { fingerprint }),
        ...(id !== undefined && { id }),
        ...(matchKey !== undefined && { matchKey }),
        ...(values !== undefined && { values }),
        ...(this.#version !== undefined && { version: this.#version }),
        ...(outcome.status === 'rejected' && { rejection: outcome.rejection }),
        outcome: outcome.status,
      });
    }
  }
}
