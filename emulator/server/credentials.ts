import type { Endpoint } from './endpoints.ts';
import type { Limits, PlanName } from './windows.ts';

/** An API key that the emulator knows. */
export interface ApiKey {
  readonly key: string;
  /** `master`, or actions such as `api/v1/contacts/create`; `master` when not given. */
  readonly scopes?: 'master' | readonly string[];
  /** The plan of this key; that of the emulator when not given. */
  readonly plan?: PlanName | Limits;
  /** False for a user who may not see lists. */
  readonly lists?: boolean;
  readonly revoked?: boolean;
}

/** An OAuth access token that the emulator knows. */
export interface AccessToken {
  readonly token: string;
  /** Names such as `contact_write`; everything when not given. */
  readonly scopes?: readonly string[];
  /** The user who gave consent; the acting admin when not given. */
  readonly userId?: string;
  readonly expired?: boolean;
}

/** Who sends a request, and what for. */
export interface Caller {
  readonly allows: (endpoint: Endpoint) => boolean;
  readonly plan: PlanName | Limits | null;
  readonly lists: boolean;
  readonly userId: string | null;
  /** The key came in the body, as before 2024: custom fields are then not written (seen live, undated). */
  readonly keyInBody: boolean;
}

/** Where a credential may stand in a request. */
interface Presented {
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
  readonly bodyKey: unknown;
}

/** The keys and tokens of the team, and which of the keys are revoked. */
export class Credentials {
  readonly #keys = new Map<string, ApiKey>();
  readonly #tokens = new Map<string, AccessToken>();
  readonly #revoked = new Set<string>();

  constructor(keys: readonly ApiKey[], tokens: readonly AccessToken[]) {
    for (const key of keys) this.#keys.set(key.key, key);
    for (const token of tokens) this.#tokens.set(token.token, token);
    this.restore();
  }

  /** The caller, or which kind of credential failed. An API key sent as a bearer token is refused (live, 2026-03). */
  callerOf(presented: Presented): Caller | 'bad-key' | 'bad-token' {
    if (presented.apiKey !== undefined) return this.#byKey(presented.apiKey, { keyInBody: false }) ?? 'bad-key';
    const token = /^Bearer +(\S+)$/i.exec(presented.authorization ?? '')?.[1];
    if (token !== undefined) return this.#byToken(token) ?? 'bad-token';
    if (typeof presented.bodyKey === 'string') return this.#byKey(presented.bodyKey, { keyInBody: true }) ?? 'bad-key';
    return 'bad-key';
  }

  revoke(key: string): void {
    this.#revoked.add(key);
  }

  /** Only those keys are revoked that were so from the start. */
  restore(): void {
    this.#revoked.clear();
    for (const key of this.#keys.values()) if (key.revoked === true) this.#revoked.add(key.key);
  }

  #byKey(value: string, { keyInBody }: Pick<Caller, 'keyInBody'>): Caller | null {
    const key = this.#keys.get(value);
    if (key === undefined || this.#revoked.has(value)) return null;
    const scopes = key.scopes ?? 'master';
    return {
      allows: ({ action }) => scopes === 'master' || scopes.includes(`api/v1/${action}`),
      plan: key.plan ?? null,
      lists: key.lists ?? true,
      userId: null,
      keyInBody,
    };
  }

  #byToken(value: string): Caller | null {
    const token = this.#tokens.get(value);
    if (token === undefined || token.expired === true) return null;
    const { scopes } = token;
    return {
      allows: ({ oauth }) => scopes === undefined || oauth === null || scopes.includes(oauth),
      plan: null,
      lists: true,
      userId: token.userId ?? null,
      keyInBody: false,
    };
  }
}
