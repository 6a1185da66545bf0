import { isFinal } from '../../contract/outcome.ts';
import type { Settled } from '../../contract/record.ts';
import type { Intended, Intent } from '../../contract/state-store.ts';
import type { Commits } from '../commits.ts';
import type { StreamStateOptions } from './stored-rows.ts';

/** What may have been written of one stream and whose end is not known yet. */
export class Intentions {
  readonly #options: StreamStateOptions;
  /** What earlier runs were about to create. */
  readonly #earlier: ReadonlyMap<string, Intended>;
  /** Primary keys of what may have been created, in this run or in an earlier one, and whose end is not known. */
  readonly #open: Set<string>;
  /** As much, of what may be changed in this run. */
  readonly #changes = new Set<string>();

  constructor(options: StreamStateOptions, earlier: ReadonlyMap<string, Intended>) {
    this.#options = options;
    this.#earlier = earlier;
    this.#open = new Set(earlier.keys());
  }

  /** What an earlier run was about to create of a row. */
  earlier(primaryKey: string): Intended | undefined {
    return this.#earlier.get(primaryKey);
  }

  /** Resolves when they are on disk, with the time under which they are noted: by the destination's clock. */
  async note(intents: readonly Intent[], aheadMs = 0): Promise<number | undefined> {
    const { commits, stream, runId, clock } = this.#options;
    if (commits === undefined) return undefined;
    const at = clock.now() + aheadMs;
    const news = intents.filter(({ primaryKey, creates }) => creates || !this.#changes.has(primaryKey));
    if (news.length === 0) return at;
    for (const { primaryKey, creates } of news) (creates ? this.#open : this.#changes).add(primaryKey);
    await commits.intend(
      news.map(({ primaryKey, matchKey, fingerprint, creates, fields = [] }) => ({
        stream,
        primary_key: primaryKey,
        fingerprint,
        creates,
        at,
        run_id: runId,
        fields: fields.length === 0 ? null : JSON.stringify(fields),
        match_key: matchKey ?? null,
      })),
    );
    return at;
  }

  /** What has come to its end with these rows. */
  endedBy(settled: readonly Settled[]): Parameters<Commits['add']>[1] {
    const { stream } = this.#options;
    const ended = settled.filter((one) => this.#ends(one)).map(({ primaryKey }) => primaryKey!);
    const found = settled.filter((one) => this.#isFound(one)).map(({ primaryKey }) => primaryKey!);
    return [
      { stream, primaryKeys: ended, creates: 'and others' },
      { stream, primaryKeys: found, creates: 'only' },
    ];
  }

  /** Whether everything that was intended for a row has come to its end. */
  #ends({ primaryKey, outcome, repeated, isUnsent = false }: Settled): boolean {
    // Of rows with one primary key the last has the intents.
    if (primaryKey === undefined || repeated) return false;
    // What this run intended and certainly did not do is at its end; what an earlier one intended stays.
    if (!isFinal(outcome) && (!isUnsent || this.#earlier.has(primaryKey))) return false;
    const wasChange = this.#changes.delete(primaryKey);
    return this.#open.delete(primaryKey) || wasChange;
  }

  /** Whether a row's record is known to be there by now, though not all of it is written. */
  #isFound({ primaryKey, outcome, id, known }: Settled): boolean {
    return primaryKey !== undefined && !isFinal(outcome) && id !== known?.id && this.#open.has(primaryKey);
  }
}
