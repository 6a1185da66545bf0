import type { Clock } from '../calls/clock.ts';
import type { Quirks } from '../calls/quirks.ts';
import type { AccessToken, ApiKey } from './credentials.ts';
import type { SeedData } from './seeding.ts';
import type { TroubleRule } from './trouble.ts';
import type { Limits, PlanName } from './windows.ts';

/** A request as hooks see it. */
interface HookRequest {
  readonly method: string;
  readonly path: string;
  /** Null for a path that Apollo does not have. */
  readonly action: string | null;
  readonly body: unknown;
}

/** Called for a request; the answer waits until a promise is settled. */
type Hook = (request: HookRequest) => void | Promise<void>;

/** How an emulator is started; everything has a default. */
export interface EmulatorOptions {
  /** 0, the default, is any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Rate limits of every endpoint; `professional` when not given. */
  readonly plan?: PlanName | Limits;
  /** Limits of single actions, as `{'contacts/bulk_create': {minute: 20, hour: 100, day: null}}`. */
  readonly limits?: Readonly<Record<string, Limits>>;
  /** Refuse what Apollo does not document (the default), or ignore it as Apollo does. */
  readonly strict?: boolean;
  /** One master key, `emulator-key`, when not given. */
  readonly keys?: readonly ApiKey[];
  readonly tokens?: readonly AccessToken[];
  readonly quirks?: Partial<Quirks>;
  readonly clock?: Clock;
  /** The id of the team, which every answer shows; that of Apollo's samples when not given. */
  readonly teamId?: string;
  /** Decides ids and the order of shuffled answers; 1 when not given. */
  readonly seed?: number;
  readonly trouble?: readonly TroubleRule[];
  readonly data?: SeedData;
  /** Before a request is handled. */
  readonly onRequest?: Hook;
  /** After a write is done and before it is answered. */
  readonly onApplied?: Hook;
  /** Keep the bodies of the logged requests; they are dropped otherwise. */
  readonly keepBodies?: boolean;
  /** How many requests the log keeps; 10,000 when not given. */
  readonly logCapacity?: number;
  /** By what `retry-after` is divided: the factor of a scaled clock when clients live in real time. */
  readonly retryAfterDivisor?: number;
}
