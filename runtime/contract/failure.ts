import { Cancelled } from './cancelled.ts';
import type { Position } from './outcome.ts';

/** What must be done about it. Anything thrown that is not a Failure is a defect in this program. */
type FailureKind = 'config' | 'transient' | 'record';

interface FailureDetail {
  /** Stable and snake_case: `invalid_config`, `quota_exhausted`, `source_unreadable`. */
  readonly code: string;
  readonly cause?: unknown;
  /** `METHOD path` of the request that failed, where there was one. */
  readonly endpoint?: string | undefined;
  readonly httpStatus?: number | undefined;
}

/** A failure that concerns a request or the run, with a message a person can act on. */
export abstract class Failure extends Error {
  // Written out by each class: the bundle has no names of classes.
  abstract override readonly name: string;
  abstract readonly kind: FailureKind;
  readonly code: string;
  readonly endpoint: string | undefined;
  readonly httpStatus: number | undefined;
  /** Whether the request, by any of its attempts, may have been carried out; absent where nothing was counted. */
  mayHaveArrived?: boolean | undefined;

  constructor(message: string, { code, cause, endpoint, httpStatus }: FailureDetail) {
    super(message, { cause });
    this.code = code;
    this.endpoint = endpoint;
    this.httpStatus = httpStatus;
  }
}

/** A person must change credentials, scopes or the configuration. Stops the run; never retried. */
export class ConfigFailure extends Failure {
  override readonly name: string = 'ConfigFailure';
  override readonly kind = 'config';
}

/** Whether the destination can have acted on the request that failed. */
type Delivery = 'not-delivered' | 'unknown';

/** The world may differ later. Retried when that is safe, then the records are deferred under `code`. */
export class TransientFailure extends Failure {
  override readonly name: string = 'TransientFailure';
  override readonly kind = 'transient';
  readonly delivery: Delivery;
  /** How long the destination, or a spent rate-limit window, asks to wait. Absent for an outage. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, detail: FailureDetail & { delivery: Delivery; retryAfterMs?: number | undefined }) {
    super(message, detail);
    this.delivery = detail.delivery;
    this.retryAfterMs = detail.retryAfterMs;
  }
}

/** Whether what failed so was certainly not carried out: it never arrived, or the destination refused it as a whole. */
export const isUndelivered = (failure: unknown): boolean =>
  failure instanceof TransientFailure ? failure.delivery === 'not-delivered' : failure instanceof Failure;

/** The destination refused the whole request, changing nothing, because of what some record in it says. */
export class RecordFailure extends Failure {
  override readonly name: string = 'RecordFailure';
  override readonly kind = 'record';
  /** The records at fault, where the destination names them. */
  readonly positions: readonly Position[];
  // Private: they may be values of rows, and a failure may be printed whole.
  readonly #quoted: readonly string[];
  readonly field: string | undefined;
  /** What it is where it is not the fault of records: it would be the same for any of them. */
  readonly general: TransientFailure | undefined;
  /** Its text says that it is the same for any record; another text has to prove it. */
  readonly saysGeneral: boolean;

  constructor(message: string, detail: FailureDetail & RefusalDetail) {
    super(message, detail);
    this.positions = detail.positions ?? [];
    this.#quoted = detail.quoted ?? [];
    this.field = detail.field;
    this.general = detail.general;
    this.saysGeneral = detail.saysGeneral ?? false;
  }

  /** What it quotes as the reason, as it stands in its text: values of records at fault, or words that no record holds. */
  get quoted(): readonly string[] {
    return this.#quoted;
  }
}

/** What a refusal says of who is at fault. */
interface RefusalDetail {
  readonly positions?: readonly Position[] | undefined;
  readonly quoted?: readonly string[] | undefined;
  readonly field?: string | undefined;
  readonly general?: TransientFailure | undefined;
  readonly saysGeneral?: boolean | undefined;
}

/** The code of whatever was thrown: every failure has one, and what was not foreseen is a `defect`. */
export function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  if (error instanceof Cancelled) return 'run_stopped';
  // The operating system has refused something: a file, a folder, a disk.
  return error instanceof Error && 'syscall' in error ? 'system_error' : 'defect';
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
