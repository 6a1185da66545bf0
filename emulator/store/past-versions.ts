import type { Account, Contact } from './records.ts';

type Stored = Contact | Account;

/** A record as it was, and until when. */
interface Version<T> {
  readonly record: T;
  readonly untilMs: number;
}

/** What records were before they were changed: an index that lags behind shows that. Kept only while it is asked for. */
export class PastVersions {
  /** How many changes there were. */
  count = 0;
  /** Whether changes are remembered. */
  isKept = false;
  readonly #now: () => number;
  readonly #byId = new Map<string, Version<Stored>[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers a record that is about to be changed. */
  readonly keep = (record: Stored): void => {
    this.count += 1;
    if (!this.isKept) return;
    const versions = this.#byId.get(record.id) ?? [];
    versions.push({ record: { ...record }, untilMs: this.#now() });
    this.#byId.set(record.id, versions);
  };

  /** The record as it was at a time. */
  at<T extends Stored>(record: T, ms: number): T {
    const version = this.#byId.get(record.id)?.find(({ untilMs }) => untilMs > ms);
    return (version?.record ?? record) as T;
  }
}
