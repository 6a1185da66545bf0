import type { Position } from '../../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord } from '../../contract/record.ts';
import type { StateStore } from '../../contract/state-store.ts';
import { learnedBy, type Writer } from '../../contract/writer.ts';
import { Claims } from './claims.ts';
import { PositionBytes } from './position-bytes.ts';
import { hasRecord, superseded, Takeovers } from './takeovers.ts';

/**
 * Sees to it that no record has two rows in a run. Who comes to a record that a later row has is superseded; who comes
 * later waits until the other one is settled, takes over, and is looked for once more.
 */
export class Contention<R> {
  readonly #claims = new Claims();
  /** What happens to the rows that wait for others. */
  readonly takeovers = new Takeovers<R>(this.#claims);
  /** 1 for rows whose record is not known and was not written so far: everything that they say will be written. */
  readonly #writesAll = new PositionBytes();
  /** 1 for rows that give the record which they are known by another match key. */
  readonly #renames = new PositionBytes();
  /** By record and match key, the rows that give it that. */
  readonly #givenKeys = new Claims();
  readonly #writer: Writer<R>;
  readonly #store: StateStore;

  constructor(writer: Writer<R>, store: StateStore) {
    this.#writer = writer;
    this.#store = store;
  }

  /** Takes down which records the rows have that come with an id. */
  async *known(items: AsyncIterable<readonly Item<R>[]>): AsyncGenerator<readonly Item<R>[], void, void> {
    for await (const arrived of items) {
      const chunk = await this.#parted(arrived);
      yield chunk.map((item) => {
        const id = idOf(item);
        return id === undefined ? item : this.#knownBy(id, item);
      });
    }
  }

  #knownBy(id: string, item: Item<R>): Item<R> {
    // A row in which nothing is new has its record too: without a comparison of all rows nothing else tells of it.
    if (isSettled(item)) {
      this.#claims.claim(id, item.position);
      return item;
    }
    if (item.known?.values === undefined) this.#writesAll.set(item.position, 1);
    if (isRenaming(item)) {
      this.#renames.set(item.position, 1);
      this.#givenKeys.take(`${id} ${item.matchKey}`, item.position);
    }
    return this.#contend(item, item, id);
  }

  /**
   * Rows that would rename a record which another stream of this run has by a key that is not theirs: they are looked for by their
   * own. To rename it would put the values of two rows into one record.
   */
  async #parted(chunk: readonly Item<R>[]): Promise<readonly Item<R>[]> {
    const ids = chunk.filter(isRenaming).map(({ id }) => id!);
    const keys = ids.length === 0 ? undefined : await this.#store.elsewhere?.(ids);
    if (keys === undefined || keys.size === 0) return chunk;
    return chunk.map((item) => {
      const key = isRenaming(item) ? keys.get(item.id!) : undefined;
      if (isSettled(item) || key === undefined || key === item.matchKey) return item;
      const record = this.#writer.memory?.rematch?.(item);
      return record === undefined ? item : { ...item, id: undefined, record, ...unknown(item) };
    });
  }

  /** The answers of a request, with rows set aside whose ids belong to other rows. */
  async answered(sent: readonly PreparedRecord<R>[], answered: readonly Item<R>[]): Promise<readonly Item<R>[]> {
    const found: string[] = [];
    const items = answered.map((item, i) => {
      const id = idOf(item);
      this.#writesAll.set(item.position, 0);
      if (item.id !== sent[i]!.id) this.#leave(sent[i]!);
      if (id === undefined || id === sent[i]!.id) return item;
      const after = this.#contend(sent[i]!, item, id);
      if (after === item && !sent[i]!.isRematched && !this.#isCreated(item)) found.push(id);
      return after;
    });
    const holders = found.length === 0 ? undefined : await this.#store.holders?.(found);
    if (holders === undefined || holders.size === 0) return items;
    return items.map((item, i) => {
      const id = idOf(item);
      const holder = id === undefined ? undefined : holders.get(id);
      if (holder === undefined || item !== answered[i] || holder === item.primaryKey) return item;
      // The row that has it may be still to come in this run.
      this.#claims.release(id!);
      return this.#waiting(sent[i]!, { id: id!, primaryKey: holder });
    });
  }

  /**
   * The position of the row that has the record for which a row waits, where it gives that another match key than the row's: by
   * its own the row comes to another record then. None where the row has written to that record: it must be told who has it.
   */
  renamerOf({ contends, matchKey, overwrote }: PreparedRecord<R>): Position | undefined {
    return contends === undefined || overwrote === contends.id ? undefined : this.#renamer(contends.id, matchKey);
  }

  #contend(sent: PreparedRecord<R>, item: Item<R>, id: string): Item<R> {
    const { position } = item;
    const holder = this.#claims.claim(id, position);
    if (holder === position) return item;
    if (this.#restarted(sent, id) === undefined) return item;
    const { overwrote } = overwriting(sent, id);
    const renamer = sent.isRematched || overwrote ? undefined : this.#renamer(id, sent.matchKey);
    if (renamer !== undefined) return this.#waiting(sent, { id, position: renamer });
    return this.takeovers.isLost(sent, id, holder)
      ? superseded({ ...sent, ...(this.#writesAll.of(holder) === 0 && overwriting(sent, id)) }, id)
      : this.#waiting(sent, { id, position: holder });
  }

  /** Takes the record from a row for whose id the destination has another one by now, or none. */
  #leave({ id, position }: PreparedRecord<R>): void {
    if (id !== undefined && this.#claims.holderOf(id) === position) this.#claims.release(id);
  }

  #renamer(id: string, matchKey: string): Position | undefined {
    // In mode update rows name their records: two rows of one record do so whatever its match key.
    const holder = this.#writer.memory?.again === undefined ? this.#claims.holderOf(id) : undefined;
    if (holder === undefined || this.#renames.of(holder) === 0) return undefined;
    return this.#givenKeys.holderOf(`${id} ${matchKey}`) === undefined ? holder : undefined;
  }

  #waiting(sent: PreparedRecord<R>, contends: NonNullable<PreparedRecord<R>['contends']>): Item<R> {
    const restarted = this.#restarted(sent, contends.id);
    if (restarted === undefined) return sent;
    return { ...sent, ...restarted, ...overwriting(sent, contends.id), contends, ...unknown(sent) };
  }

  /** A row as it begins once more: it is looked for, or has its record all the same. */
  #restarted(sent: PreparedRecord<R>, id: string): Pick<PreparedRecord<R>, 'id' | 'record'> | undefined {
    const { memory } = this.#writer;
    if (memory?.again) return { id, record: memory.again(sent) };
    const record = memory?.rematch?.(sent);
    return record === undefined ? undefined : { id: undefined, record };
  }

  #isCreated(item: Item<R>): boolean {
    return isSettled(item)
      ? item.outcome.status === 'created'
      : (learnedBy(this.#writer, item.record).isCreated ?? false);
  }
}

/** The record that a row has come to; one that is rejected too may have been answered with the record of another row. */
const idOf = <R>(item: Item<R>): string | undefined =>
  !isSettled(item) || item.outcome.status === 'rejected' || hasRecord(item.outcome.status) ? item.id : undefined;

/** Whether a row is known by its record under another match key than it has now. */
const isRenaming = <R>(item: Item<R>): boolean =>
  !isSettled(item) && item.id !== undefined && item.known?.id === item.id && item.known.matchKey !== item.matchKey;

/** What is known of a row whose record is to be looked for. */
function unknown<R>({ known }: PreparedRecord<R>): Pick<PreparedRecord<R>, 'known'> {
  if (!known) return {};
  const { id: _, values: __, rejection: ___, ...rest } = known;
  return { known: rest };
}

/** Whether a row was sent by another id, under which the destination has somebody else's record by now. */
const overwriting = <R>(sent: PreparedRecord<R>, id: string): { readonly overwrote?: string } =>
  sent.id !== undefined && sent.id !== id ? { overwrote: id } : {};
