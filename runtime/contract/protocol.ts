/** A JSON Schema, read only as far as a reader needs. */
export type JsonSchema = Readonly<Record<string, unknown>>;

// Reading: every key that the protocol calls optional may be absent or null, and unknown keys may stand beside those
// we name (protocol v0, additionalProperties: true throughout). Writing: exactly the keys below, in the protocol's casing.

type Maybe<T> = T | null | undefined;

/** What names a stream in Airbyte; no namespace, null and the empty one mean the same. */
export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: Maybe<string>;
}

/** What source or platform did to a value on its way: it nulled or cut it, since it was too large or could not be read. */
export interface FieldChange {
  readonly field: string;
  readonly change: string;
}

/** How Airbyte asks for rows to be written. */
type DestinationSyncMode = 'append' | 'overwrite' | 'append_dedup' | 'update' | 'soft_delete';

/** One stream of the `--catalog` file. */
export interface ConfiguredStream {
  readonly stream: {
    readonly name: string;
    readonly namespace?: Maybe<string>;
    readonly json_schema?: Maybe<JsonSchema>;
  };
  readonly destination_sync_mode: DestinationSyncMode;
  readonly destination_object_name?: Maybe<string>;
  readonly primary_key?: Maybe<readonly (readonly string[])[]>;
  readonly sync_id?: Maybe<number>;
}

/** The `--catalog` file: what the client is going to send. */
export interface ConfiguredCatalog {
  readonly streams: readonly ConfiguredStream[];
}

/** What a connector says of itself. */
export interface Specification {
  readonly documentationUrl: string;
  readonly supportsIncremental: boolean;
  readonly supported_destination_sync_modes: readonly DestinationSyncMode[];
  readonly protocol_version?: string;
  readonly connectionSpecification: JsonSchema;
}

/** One thing that can be written: an object, in a mode. */
interface DestinationOperation {
  readonly object_name: string;
  readonly sync_mode: DestinationSyncMode;
  readonly json_schema: JsonSchema;
  /** Alternatives; each is a list of top-level fields that form one key together. */
  readonly matching_keys?: readonly (readonly string[])[];
}

/** Everything that can be written. */
export interface DestinationCatalog {
  readonly operations: readonly DestinationOperation[];
}

/** `WARN`, not `WARNING`: a level outside these makes clients drop the line. */
type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE';

/** Who has to act: the user, no one until later, or us. Clients retry anything but `config_error`. */
type FailureType = 'config_error' | 'transient_error' | 'system_error';

/** What a TRACE error says. `message` is for users, `internal_message` and `stack_trace` for us. */
interface ErrorTrace {
  readonly message: string;
  readonly failure_type: FailureType;
  readonly internal_message?: string;
  readonly stack_trace?: string;
  readonly stream_descriptor?: StreamDescriptor;
}

/** A message of ours. The keys of the payloads have the protocol's casing, which is mixed. */
export type OutgoingMessage =
  | { readonly type: 'SPEC'; readonly spec: Specification }
  | {
      readonly type: 'CONNECTION_STATUS';
      readonly connectionStatus: { readonly status: 'SUCCEEDED' | 'FAILED'; readonly message?: string };
    }
  | { readonly type: 'DESTINATION_CATALOG'; readonly destination_catalog: DestinationCatalog }
  | {
      readonly type: 'LOG';
      readonly log: { readonly level: LogLevel; readonly message: string; readonly stack_trace?: string };
    }
  | {
      readonly type: 'TRACE';
      readonly trace: { readonly type: 'ERROR'; readonly emitted_at: number; readonly error: ErrorTrace };
    }
  | {
      readonly type: 'TRACE';
      readonly trace: {
        readonly type: 'STREAM_STATUS';
        readonly emitted_at: number;
        readonly stream_status: OutgoingStreamStatus;
      };
    }
  /** A state goes out in the characters it came in, so it is a line already. */
  | { readonly type: 'STATE'; readonly line: string };

// Never COMPLETE: clients would take it for the end of the source.
interface OutgoingStreamStatus {
  readonly stream_descriptor: StreamDescriptor;
  readonly status: 'RUNNING';
  readonly reasons?: readonly [
    { readonly type: 'RATE_LIMITED'; readonly rate_limited: { readonly quota_reset: number } },
  ];
}

/** A line in the client's log. */
export const logMessage = (level: LogLevel, message: string, stackTrace?: string): OutgoingMessage => ({
  type: 'LOG',
  log: { level, message, ...(stackTrace === undefined ? {} : { stack_trace: stackTrace }) },
});

/** What ended the command; goes with an exit code that is not 0, without which clients take it for a success. */
export const errorMessage = (error: ErrorTrace, emittedAtMs: number): OutgoingMessage => ({
  type: 'TRACE',
  trace: { type: 'ERROR', emitted_at: emittedAtMs, error },
});

/** Tells the client that a stream waits for a rate limit, and until when. */
export const rateLimitedMessage = (
  stream_descriptor: StreamDescriptor,
  quotaResetMs: number,
  emittedAtMs: number,
): OutgoingMessage =>
  statusMessage(emittedAtMs, {
    stream_descriptor,
    status: 'RUNNING',
    // An integer by the protocol: published models refuse the whole line otherwise.
    reasons: [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: Math.ceil(quotaResetMs) } }],
  });

/** Tells the client that a stream waits no longer. */
export const runningMessage = (stream_descriptor: StreamDescriptor, emittedAtMs: number): OutgoingMessage =>
  statusMessage(emittedAtMs, { stream_descriptor, status: 'RUNNING' });

const statusMessage = (emittedAtMs: number, stream_status: OutgoingStreamStatus): OutgoingMessage => ({
  type: 'TRACE',
  trace: { type: 'STREAM_STATUS', emitted_at: Math.round(emittedAtMs), stream_status },
});
