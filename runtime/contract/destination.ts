import type { Clock } from './clock.ts';
import type { CodeEntry } from './code-entry.ts';
import type { Decisions } from './decision.ts';
import type { Inventory } from './inventory.ts';
import type { ConfiguredStream, DestinationCatalog, Specification } from './protocol.ts';
import type { ColumnKinds, Provision } from './provision.ts';
import type { ObservedWindow, RateLimitState, SharedQuota, Throttle } from './rate-limit-window.ts';
import type { Row } from './record.ts';
import type { SourceConfig } from './source-config.ts';
import type { StateConfig } from './state-config.ts';
import type { Writer } from './writer.ts';

/** What a connector is: everything that the commands need to know of where rows go. */
export interface Destination<C extends RunConfig> {
  /** Its name in logs and in `User-Agent`. */
  readonly name: string;
  /** What its own codes of failures mean. */
  readonly failureCodes?: Readonly<Record<string, CodeEntry>>;
  /** The payload of Airbyte's SPEC message. */
  specification(): Specification;
  /**
   * Checks a configuration. Throws ConfigFailure with every problem in it, each by the path of its key. No message may show one of
   * `hidden`, in whole or in part.
   */
  configure(json: unknown, use: Use, environment: Environment, hidden?: readonly string[]): Configured<C>;
  /** Turns a stream of Airbyte's catalog into one of ours. Throws ConfigFailure naming the stream and what is in the way. */
  serve(config: C, asked: ConfiguredStream): Served<C['streams'][number]>;
  /**
   * Warns of configured streams that none of those asked for is written by. Throws ConfigFailure for one that was probably
   * meant for one of them.
   */
  unserved(config: C, asked: readonly ConfiguredStream[]): readonly string[];
  /** The names that records are remembered under by a run of this stream; absent: that of the stream. */
  remembered?(stream: C['streams'][number]): readonly string[];
  /** Makes ready to send; sends nothing yet. */
  connect(config: C, dependencies: Dependencies): Connection<C['streams'][number]>;
}

/** Which commands a configuration is for: those that people call, or those that Airbyte calls. */
export type Use = 'sync' | 'airbyte';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Configured<C> {
  readonly config: C;
  readonly warnings: readonly string[];
  /** Values that must never be printed. */
  readonly secrets: readonly string[];
}

/** The part of a configuration that is the same for every destination. */
export interface RunConfig {
  readonly source?: SourceConfig | undefined;
  readonly streams: readonly StreamConfig[];
  readonly rejects: { readonly path: string; readonly fail_above_percent: number };
  /** What is remembered between runs, and where; absent: nothing. */
  readonly state?: StateConfig | undefined;
  /** What a run may do at most. */
  readonly limits?: { readonly max_records?: number | undefined } | undefined;
  /** What a run, and a preview, reads of what the destination has; absent: nothing, by itself. */
  readonly inventory?: InventoryConfig | undefined;
  /** What stops a run before it sends anything; without one nothing is looked at beforehand. */
  readonly guards?: GuardsConfig | undefined;
}

/** When a run reads what the destination has, and how much of that at once. */
interface InventoryConfig {
  /** Requests that one run makes for it at most; the next one goes on. */
  readonly max_calls: number;
  /** A length of time: an inventory that is not older is good enough. */
  readonly max_age: string;
}

export interface StreamConfig {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  /** false: it is kept, and runs leave it out. */
  readonly enabled?: boolean | undefined;
  /** What happens to records that somebody has changed at the destination; absent: `report` with an inventory, else `ignore`. */
  readonly drift?: 'ignore' | 'report' | 'repair' | undefined;
  /** Fields whose changes by hand are left alone. */
  readonly protect?: readonly string[] | undefined;
  readonly table?: string | undefined;
  readonly query?: string | undefined;
  /** Of an Arrow source: the program that writes its rows. */
  readonly command?: readonly string[] | undefined;
}

/** A stream of Airbyte's catalog, as this destination writes it. */
export interface Served<S> {
  readonly stream: S;
  /** Where it is configured, for messages. */
  readonly path: string;
  /** The source's columns; undefined where the catalog does not say. */
  readonly columns: readonly string[] | undefined;
  /** What they hold; absent where the catalog does not say. */
  readonly kinds?: ColumnKinds | undefined;
  /** Whether each of these columns must be written, and a row with another one was left half-mapped by the client. */
  readonly isClosed: boolean;
  readonly warnings: readonly string[];
}

/** What a connection depends on. */
export interface Dependencies {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly version: string;
  /** Gets what a person may want to see: waits, warnings. Never carries a value of a row. */
  readonly notice: (notice: Notice) => void;
  /** Gets every request that has ended. Never carries a value of a row, nor a secret. */
  readonly watch?: ((call: SentCall) => void) | undefined;
  /** The most requests that may carry records, by `METHOD path`; of those it does not name, none. Absent: any. */
  readonly maxCalls?: Readonly<Record<string, number>> | undefined;
}

export type Notice =
  /** With a code it stands in the summary as well: somebody may have to act on it. */
  | { readonly type: 'warning'; readonly message: string; readonly code?: string }
  | {
      readonly type: 'waiting';
      readonly message: string;
      readonly untilMs: number;
      /** Whether the destination's rate limit is waited for; otherwise it is the time before a retry. */
      readonly isRateLimit: boolean;
    };

/** A request that has ended, as reports and traces tell of it. */
export interface SentCall {
  /** `METHOD path`, with `{id}` for what differs from record to record. */
  readonly request: string;
  /** What the destination counts it by, where that is known. */
  readonly action?: string;
  /** Absent where no answer came. */
  readonly status?: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly ms: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly records?: number;
  /** Names of the fields that some record is in the request for; absent where it is made for no field's sake. */
  readonly fields?: readonly string[];
  /** What its answer said of the rate limit it counts in, the shortest window first. */
  readonly windows?: readonly ObservedWindow[];
}

/** One workspace of the destination, for one run. */
export interface Connection<S extends StreamConfig> {
  /** Proves that the credentials are accepted and returns whom requests act as. Throws ConfigFailure otherwise. */
  prove(signal: AbortSignal): Promise<string>;
  /** As `prove`, and that everything the streams need is permitted. */
  check(signal: AbortSignal): Promise<string>;
  /** The payload of Airbyte's DESTINATION_CATALOG message, and what could not be learned for it. */
  discover(
    signal: AbortSignal,
  ): Promise<{ readonly catalog: DestinationCatalog; readonly warnings: readonly string[] }>;
  /** Compiles one stream. Throws ConfigFailure where its mapping and these source columns do not fit. */
  open(
    stream: S,
    path: string,
    columns: readonly string[] | undefined,
    signal: AbortSignal,
    kinds?: ColumnKinds,
  ): Promise<Opened>;
  /**
   * How records of a stream get back values that a run has replaced. Its rows are those of the state store: `primary_key`,
   * `destination_id`, and `changes`, each a `Change`. Absent where nothing can be given back.
   */
  undoWriter?(stream: S, fields: readonly string[], signal: AbortSignal): Promise<Writer<unknown>>;
  traffic(): Traffic;
  /** Absent where the destination cannot be asked what it has. */
  readonly inventory?: Inventory;
  /**
   * Other ways to write a stream, and the configured one, by name; absent where there is one way only. All of them map rows alike, and
   * leave the same of them to do where something is known: a preview prepares them once. They differ in their steps.
   */
  alternatives?(stream: S): readonly Alternative<S>[];
  /** The object whose records those of a stream refer to; absent where none does. */
  refersTo?(stream: S): string | undefined;
  /** The request that `prove` makes, as `traffic` counts it. */
  readonly proof?: string;
  /** Whose records it writes, as far as `prove` has found out; absent where nothing tells workspaces apart. */
  readonly workspace?: Workspace;
  /** Its rate limits, to be kept for the next run; absent where it has none. */
  readonly quota?: Quota;
  close(): Promise<void>;
}

/** Whose records a destination holds. */
export interface Workspace {
  /** The same whichever credentials are used; absent where they may not ask for it. */
  readonly id?: string | undefined;
  /** Where it is reached. */
  readonly address: string;
  /** Whom requests act as; absent where that is not known. */
  readonly actsAs?: string | undefined;
}

/** A stream, written in one of several ways. */
interface Alternative<S> {
  readonly name: string;
  readonly stream: S;
  /** It is the way that is configured. */
  readonly isConfigured: boolean;
}

/** How requests are held back on a plan that the destination sells. */
export interface QuotaPlan extends Throttle {
  readonly name: string;
}

/** The rate limits of one account. */
export interface Quota {
  snapshot(): Readonly<Record<string, RateLimitState>>;
  restore(states: Readonly<Record<string, RateLimitState>>): void;
  /** Has requests wait for leave from rate limits that several runs share, as well as from its own. Absent: it has its own alone. */
  share?(shared: SharedQuota): void;
  /** What a request (`METHOD path`) is counted by: the key of its rate limit in a snapshot. */
  actionOf(request: string): string;
  /** The plan that holds, and then the others there are. */
  plans(): readonly [QuotaPlan, ...QuotaPlan[]];
  /**
   * Has the destination tell its limits, by one request at most, where they count and no answer has shown them. Resolves with why
   * they are assumed all the same, in words for a person. Absent where nothing tells them but the requests of a run.
   */
  learn?(signal: AbortSignal): Promise<string | undefined>;
}

export interface Opened {
  // Every stream of a connection has its own record type, which only its own steps know.
  readonly writer: Writer<unknown>;
  readonly warnings: readonly string[];
  /** What happens to records whose rows the source no longer has; absent: they are left as they are. */
  readonly removal?: Removal | undefined;
  /** What has to be there before rows are sent, and can be made; absent where nothing is asked to be made. */
  readonly provision?: Provision<Opened> | undefined;
  /** Absent: primary keys are always believed. */
  readonly rekeying?: Rekeying | undefined;
  /** Where a person says what happens to single rows; absent where no one does. */
  readonly decisions?: Decisions | undefined;
  /** A stream of the records that rows of this one refer to, for those that no run knows; absent where they wait. */
  readonly referred?: Referred | undefined;
}

/** Records that are created since rows of another stream refer to them. */
interface Referred {
  readonly config: StreamConfig;
  readonly opened: Opened;
  readonly columns: readonly string[];
  /** The row of the record that `Mapped.link` names. */
  rowOf(link: string): Row;
}

/** When primary keys are not believed to name the rows that they named before. */
interface Rekeying {
  /** Where it is configured, for messages. */
  readonly path: string;
  /** More of the known rows than this, in percent, are not believed to have another match key. */
  readonly maxPercent: number;
}

export interface Removal {
  /** Where it is configured, for messages. */
  readonly path: string;
  /** More of the known rows than this, in percent, are not believed to be gone. */
  readonly maxPercent: number;
  /** Its rows are those of the state store: `primary_key`, `match_key`, `destination_id`, `values`, `lists`, `held`. */
  readonly writer: Writer<unknown>;
}

/** What was sent in a run. */
export interface Traffic {
  /** Requests sent, by `METHOD path`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Requests sent again after 408, 5xx or a network error. */
  readonly retries: number;
  /** Answers with 429. */
  readonly rateLimited: number;
  /** Requests that were to be sent, beyond `Dependencies.maxCalls`. */
  readonly withheld?: Readonly<Record<string, number>>;
}

/** What a run may change at most; it stops before it sends anything where it would, or could, change more. */
interface GuardsConfig {
  /** Of each stream: changed rows, in percent of those whose record the state store knows. */
  readonly max_changed_percent?: number | undefined;
  /** Of all streams: records that may be created. */
  readonly max_creates?: number | undefined;
  /** Of all streams: values that are emptied. */
  readonly max_clears?: number | undefined;
}

/** What rows of other streams that are there have written to a record: it is theirs, and stays. */
export interface Held {
  /** The lists that they have put it on. */
  readonly lists: readonly string[];
  readonly fields: readonly string[];
}
