import type { Json } from '../api/error-body.ts';
import { ownAccount, ownContact, plain, type Setting } from './setting.ts';

/** What an endpoint allows in each window; null is a window without limit. */
export interface SeenLimits {
  readonly minute?: number | null;
  readonly hour?: number | null;
  readonly day?: number | null;
}

/** An answer of any status, as the journal keeps it. */
export interface Answer {
  readonly status: number;
  /** The body as JSON; absent where it is none. */
  readonly json?: unknown;
  /** The body where it is not JSON, cut. */
  readonly text?: string;
  /** What the headers tell of the rate limits; absent where they tell nothing. */
  readonly limits?: SeenLimits;
  readonly atMs: number;
}

/** A request that was refused for a spent quota. */
export interface Throttled {
  readonly hasHeaders: boolean;
}

/** All that was answered so far, read in the ways that probes and requests need it. */
export class Evidence {
  readonly setting: Setting;
  readonly answers: ReadonlyMap<string, Answer>;
  /** What an answer of 429 has shown: whether it had the rate headers. */
  readonly throttled: Throttled | undefined;

  readonly #read = new Map<'contacts' | 'accounts', readonly Json[]>();

  constructor(setting: Setting, answers: ReadonlyMap<string, Answer>, throttled?: Throttled) {
    this.setting = setting;
    this.answers = answers;
    this.throttled = throttled;
  }

  status(question: string): number | undefined {
    return this.answers.get(question)?.status;
  }

  isOk(question: string): boolean {
    const status = this.status(question);
    return status !== undefined && status >= 200 && status < 300;
  }

  /** Whether Apollo said that it will not: any other status, 401 and 403 are about the key. */
  isRefused(question: string): boolean {
    const status = this.status(question);
    return status !== undefined && [400, 404, 405, 409, 422].includes(status);
  }

  /** The body of a success; undefined otherwise. */
  json(question: string): unknown {
    return this.isOk(question) ? this.answers.get(question)?.json : undefined;
  }

  /** The body of any answer. */
  body(question: string): Json | undefined {
    return objectOf(this.answers.get(question)?.json);
  }

  /** A list in the body of a success, without what is not an object; undefined where there is none. */
  list(question: string, key: string): readonly Json[] | undefined {
    const list = objectOf(this.json(question))?.[key];
    return Array.isArray(list) ? list.map(objectOf).filter((entry) => entry !== undefined) : undefined;
  }

  /** The record in the answer to a request for one of our own; undefined where another one was shown. */
  shown(question: string, id: string | undefined): Json | undefined {
    const body = objectOf(this.json(question));
    const record = objectOf(body?.['contact'] ?? body?.['account']);
    return id !== undefined && record?.['id'] === id ? record : undefined;
  }

  /** The record with this id in a list of a success. */
  listed(question: string, key: string, id: string | undefined): Json | undefined {
    return id === undefined ? undefined : this.list(question, key)?.find((record) => record['id'] === id);
  }

  /** A word that is another one in each run, and the same where a run is taken up. */
  get tag(): string {
    return Math.floor((this.answers.get('profile')?.atMs ?? 0) / 1000).toString(36);
  }

  /** Whether a request was refused since the plan has room for no more contacts. */
  get isFull(): boolean {
    return [...this.answers.values()].some(
      ({ status, json }) => status === 422 && FULL.test(JSON.stringify(json ?? '')),
    );
  }

  own(who: string) {
    return ownContact(this.setting, who);
  }

  ownAccount(which: string) {
    return ownAccount(this.setting, which);
  }

  /** The id of a contact of ours, from the requests that made or found it: by its address, or by its name where that is gone. */
  contact(who: string): string | undefined {
    const { email, last_name } = this.own(who);
    return this.#found(
      'contacts',
      (record) => plain(record['email']) === email,
      (record) => plain(record['last_name']) === plain(last_name),
    );
  }

  /** Whether a contact of ours has its address: Apollo may have left it out. */
  hasAddress(who: string): boolean {
    const [id, { email }] = [this.contact(who), this.own(who)];
    return this.#records('contacts').some((record) => record['id'] === id && plain(record['email']) === email);
  }

  /** Ids of the records that bulk creates have made or found. */
  made(of: 'contacts' | 'accounts'): readonly string[] {
    return [...new Set(this.#records(of).map(({ id }) => id))].filter((id) => typeof id === 'string');
  }

  /** Ids of all records that bulk creates, or a single one, have made or found. */
  ownIds(): ReadonlySet<string> {
    const single = objectOf(objectOf(this.json('single.create'))?.['contact']);
    const records = [...this.#records('contacts'), ...this.#records('accounts'), ...(single ? [single] : [])];
    return new Set(records.map(({ id }) => id).filter((id) => typeof id === 'string'));
  }

  account(which: string): string | undefined {
    const { name, domain } = this.ownAccount(which);
    return this.#found(
      'accounts',
      (record) => plain(record['domain']) === domain,
      (record) => plain(record['name']) === plain(name),
    );
  }

  /** Of all bulk creates so far: read once, since nearly everything asks for it. */
  #records(of: 'contacts' | 'accounts'): readonly Json[] {
    const known = this.#read.get(of);
    if (known !== undefined) return known;
    const records = [...this.answers.keys()].flatMap((question) => [
      ...(this.list(question, `created_${of}`) ?? []),
      ...(this.list(question, `existing_${of}`) ?? []),
    ]);
    this.#read.set(of, records);
    return records;
  }

  #found(of: 'contacts' | 'accounts', ...rules: readonly ((record: Json) => boolean)[]): string | undefined {
    const records = this.#records(of);
    for (const rule of rules) {
      const id = records.find(rule)?.['id'];
      if (typeof id === 'string') return id;
    }
    return undefined;
  }
}

// Seen by users of other integrations.
const FULL = /maximum number of contacts/i;

/** A JSON object, or undefined. */
export function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
