import type { Position } from '../../runtime/contract/outcome.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answers } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';

type Prepared = PreparedRecord<ApolloRecord>;

interface Try {
  /** When it was noted that the record is about to be created. */
  readonly at: number;
  /** Requests that carried it and may have created it. */
  sent: number;
}

/**
 * Which records this run may have created without learning of it: they were in a request whose answer was lost, or left
 * them out. Where nothing is noted of what is about to be sent, nobody can say.
 */
export class Tries {
  readonly #open = new Map<Position, Try>();

  /** What to do before each attempt at one request. */
  before(records: readonly Prepared[], announce: (() => Promise<number | undefined>) | undefined): () => Promise<void> {
    let attempts = 0;
    return async () => {
      const at = attempts++ === 0 ? await announce?.() : undefined;
      for (const { position } of records) {
        const earlier = this.#open.get(position);
        if (earlier) earlier.sent++;
        else if (at !== undefined) this.#open.set(position, { at, sent: 1 });
      }
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
