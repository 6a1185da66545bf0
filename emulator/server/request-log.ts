/** One request as it was answered. */
interface LoggedRequest {
  /** Counts from 1, over the whole life of the emulator. */
  readonly n: number;
  readonly method: string;
  readonly path: string;
  /** Null for a path that Apollo does not have. */
  readonly action: string | null;
  /** 0 when the connection was dropped. */
  readonly status: number;
  readonly at: number;
  /** How many records the request carried. */
  readonly records: number;
  /** With `keepBodies` only. */
  readonly body?: unknown;
}

/** Calls by action, and within it by status. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Every request is counted; the last `capacity` ones are kept. */
export class RequestLog {
  readonly #capacity: number;
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #ring: LoggedRequest[] = [];
  #total = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many requests there were, kept or not. */
  get total(): number {
    return this.#total;
  }

  /** The requests that are kept, oldest first. */
  get entries(): readonly LoggedRequest[] {
    if (this.#ring.length < this.#capacity) return [...this.#ring];
    const next = this.#total % this.#capacity;
    return [...this.#ring.slice(next), ...this.#ring.slice(0, next)];
  }

  get counts(): Counts {
    return Object.fromEntries([...this.#counts].map(([action, by]) => [action, Object.fromEntries(by)]));
  }

  /** How many requests an action had, whatever became of them. */
  count(action: string): number {
    return [...(this.#counts.get(action)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  add(request: Omit<LoggedRequest, 'n'>): void {
    const entry = { n: this.#total + 1, ...request };
    this.#ring[this.#total % this.#capacity] = entry;
    this.#total += 1;
    const by = this.#counts.get(request.action ?? 'unknown') ?? new Map<string, number>();
    const status = request.status === 0 ? 'dropped' : String(request.status);
    by.set(status, (by.get(status) ?? 0) + 1);
    this.#counts.set(request.action ?? 'unknown', by);
  }

  clear(): void {
    this.#total = 0;
    this.#ring.length = 0;
    this.#counts.clear();
  }
}
