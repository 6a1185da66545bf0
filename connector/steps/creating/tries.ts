import type { Position } from '../../../runtime/contract/outcome.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import type { Answers } from '../../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../../record/apollo-record.ts';

type Prepared = PreparedRecord<ApolloRecord>;

interface Try {
  /** When it was noted that the record is about to be created. */
  readonly at: number;
  /** Requests that carried it and may have created it. */
  sent: number;
}

/** What to do about each attempt at one request. */
interface Attempts {
  before(): Promise<void>;
  /** The attempt has certainly created nothing. */
  undelivered(): void;
}

/**
 * Which records this run may have created without learning of it: they were in a request whose answer was lost, or left
 * them out. A request that was refused, or never arrived, has created nothing.
 */
export class Tries {
  readonly #open = new Map<Position, Try>();

  of(records: readonly Prepared[], announce: (() => Promise<number | undefined>) | undefined): Attempts {
    let noted: Promise<number | undefined> | undefined;
    let isUnderWay = false;
    return {
      before: async () => {
        noted ??= announce?.();
        const at = await noted;
        isUnderWay = true;
        for (const { position } of records) {
          const earlier = this.#open.get(position);
          if (earlier) earlier.sent++;
          else if (at !== undefined) this.#open.set(position, { at, sent: 1 });
        }
      },
      undelivered: () => {
        if (!isUnderWay) return;
        isUnderWay = false;
        for (const { position } of records) {
          const tried = this.#open.get(position);
          if (tried !== undefined && --tried.sent === 0) this.#open.delete(position);
        }
      },
    };
  }

  /** The record with what is known of its being created before the last request. */
  intended = (prepared: Prepared): Prepared => {
    const { record, position, fingerprint } = prepared;
    const tried = this.#open.get(position);
    if (record.intended !== undefined || tried === undefined || tried.sent < 2) return prepared;
    return { ...prepared, record: { ...record, intended: { fingerprint, at: tried.at } } };
  };

  end(answers: Answers<ApolloRecord>): void {
    for (const position of answers.keys()) this.#open.delete(position);
  }
}
