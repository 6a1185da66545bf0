import type { RecordFailure, TransientFailure } from '../../contract/failure.ts';
import type { PreparedRecord } from '../../contract/record.ts';
import type { Step } from '../../contract/writer.ts';
import { keyOf, type SentValue, sentValues } from './quoted-values.ts';

/** What a run has learned from refused requests, by kind of request; its streams and slices share it. */
export class Refusals {
  readonly #byRequest = new Map<string, RefusalsOfRequest>();

  of(request: string): RefusalsOfRequest {
    const found = this.#byRequest.get(request) ?? new RefusalsOfRequest();
    this.#byRequest.set(request, found);
    return found;
  }
}

/** How much it takes until a refusal counts as the same for every record. */
interface Proof {
  /** Requests refused whole, with the same text, and none accepted in between. */
  readonly batches: number;
  /** Records refused each alone, drawn by chance. */
  readonly singles: number;
}

const ofUnknownText: Proof = { batches: 3, singles: 15 };
const ofGeneralText: Proof = { batches: 1, singles: 10 };

/** What a run has learned from refused requests of one kind. */
export class RefusalsOfRequest {
  /** Nothing more of this kind is sent in this run, and why. */
  closed: TransientFailure | undefined;
  readonly #values = new Map<string, { readonly failure: RecordFailure; readonly value: SentValue }>();
  /** Requests refused since the last one that was accepted, by text. */
  readonly #texts = new Map<string, number>();
  /** Texts that were met again after a record had been accepted alone: they are about single records. */
  readonly #proven = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #alone = 0;
  #spent = 0;
  #found = 0;
  #taken = 0;
  #asking: { readonly verdict: Promise<void>; readonly end: () => void } | undefined;

  /** Requests that were refused for a value are repeated one after the other, so that each value is met once. */
  readonly turn = <T>(make: () => Promise<T>): Promise<T> => {
    const made = this.#last.then(make);
    this.#last = made.catch(() => undefined);
    return made;
  };

  /** Whether it knows of any value that is refused. */
  get knowsValues(): boolean {
    return this.#values.size > 0;
  }

  /** The refusal of a value that the record holds; undefined where none is known. */
  knownOf<R>(step: Step<R>, record: PreparedRecord<R>) {
    if (!this.knowsValues) return undefined;
    for (const value of sentValues(step, record)) {
      const known = this.#values.get(keyOf(value));
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** These values are refused wherever they stand there. */
  remember(values: readonly SentValue[], failure: RecordFailure): void {
    for (const value of values) this.#values.set(keyOf(value), { failure, value });
  }

  /** A request was accepted, with so many records. */
  accepted(records: number): void {
    this.#texts.clear();
    this.#alone = 0;
    this.#taken += records;
  }

  /** So many requests of several records were refused in a search. */
  spent(requests: number): void {
    this.#spent += requests;
  }

  /** A record was refused alone, and not for a value that is known. */
  refusedAlone(failure: RecordFailure): void {
    this.#found++;
    this.#alone = failure.saysGeneral ? this.#alone + 1 : 0;
    if (this.#alone >= ofGeneralText.singles) this.closed = failure.general;
  }

  /** Whether a run that may have so many requests refused may go on searching. */
  maySearch(maxRefused: number): boolean {
    return this.#spent < maxRefused;
  }

  /** As many records as hold one at fault every other time, by what was found so far. */
  get pieceSize(): number {
    if (this.#found === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.round((Math.LN2 * (this.#taken + this.#found)) / this.#found));
  }

  /**
   * How many records are to be sent alone, to see whether a refusal is the same for every record; undefined where there is
   * no reason to think so, or others are asked already. `asked` must be called after it.
   */
  suspect(failure: RecordFailure, records: number): number | undefined {
    const text = textOf(failure);
    const { batches, singles } = failure.saysGeneral ? ofGeneralText : ofUnknownText;
    const met = (this.#texts.get(text) ?? 0) + 1;
    this.#texts.set(text, met);
    const isEnough = met >= batches && (records >= singles || failure.saysGeneral);
    if (failure.general === undefined || this.#proven.has(text) || this.#asking !== undefined || !isEnough)
      return undefined;
    let end = (): void => undefined;
    const verdict = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#asking = { verdict, end };
    return Math.min(singles, records);
  }

  /** Resolves when none is asked any more: what comes to be known may keep a request from being made. */
  async settled(): Promise<void> {
    while (this.#asking !== undefined) await this.#asking.verdict;
  }

  /** Whether a refusal of a record alone is one of those that requests were refused with. */
  isSame(failure: RecordFailure): boolean {
    return this.#texts.has(textOf(failure));
  }

  /** Ends what `suspect` began. */
  asked(failure: RecordFailure, verdict: Verdict): void {
    if (verdict === 'general') this.closed = failure.general;
    if (verdict === 'single') this.#proven.add(textOf(failure));
    this.#asking?.end();
    this.#asking = undefined;
  }
}

/** Whether a refusal is about single records, or the same for every one. */
type Verdict = 'single' | 'general' | 'unknown';

/** Two refusals with the same text differ in numbers, in ids and in the order of their words at most. */
const textOf = ({ message }: RecordFailure): string =>
  message
    .toLowerCase()
    .replace(/\b[\da-f]{24}\b|\d+/g, '#')
    .split(/[^\p{L}#]+/u)
    .sort()
    .join(' ');
