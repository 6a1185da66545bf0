import type { OutcomeStatus, Position, Rejection } from './outcome.ts';
import type { Settled } from './record.ts';

/** What earlier runs learned of one stream, by primary key. Saves requests; losing it costs requests, never data. */
export interface StateStore {
  /** It remembers nothing, so that nothing has to be made for it. */
  readonly isNone?: true | undefined;
  recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>>;
  /**
   * Decides which record each row has, for rows that are handed in together, before they are recalled; `renames` as in a
   * Writer. Resolves with the primary keys of those that wait for another row, and its position. Absent where the store
   * cannot say.
   */
  resolve?(rows: readonly Wanted[], renames: readonly string[] | undefined): Promise<ReadonlyMap<string, Position>>;
  /** As \`resolve\`, of a store that is left as it is: what is known of the rows that would move, by their primary keys. */
  foresee?(rows: readonly Wanted[], renames: readonly string[] | undefined): Promise<Foreseen>;
  /** Whether an earlier run was about to create it; absent where the store cannot say. */
  intended?(primaryKey: string): Intended | undefined;
  /**
   * Resolves when a later run will know, whatever happens to this one, that these may have been written: with the time
   * under which it is noted, or with nothing where it is not. That is the time by the destination's clock, which is `aheadMs`
   * ahead: the later run may have another one.
   */
  intend(intents: readonly Intent[], aheadMs?: number): Promise<number | undefined>;
  /** What has become of rows; `aheadMs` as in `intend`. */
  record(settled: readonly Settled[], aheadMs?: number): Promise<void>;
  /** The primary keys of rows that the source still has, as far as anybody knows, and that have these records. */
  holders?(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** By record, the match key by which a row of another stream has had it confirmed in this run. */
  elsewhere?(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * The destination's ids of the records with these match keys, whichever stream has written them; absent where the store
   * cannot say. With an `object`, those of its records too that no stream has written and that an inventory has shown.
   */
  find?(matchKeys: readonly string[], object?: string): Promise<ReadonlyMap<string, string>>;
}

/** What \`resolve\` would come to. */
interface Foreseen {
  readonly waits: ReadonlyMap<string, Position>;
  readonly moved: ReadonlyMap<string, Known>;
}

/** The last answer the destination gave for a record: it has it under `id`, or refused it. */
export interface Known {
  /** Of the record as it was last settled; absent where none ever was, or where it is not to count. */
  readonly fingerprint?: string;
  readonly id?: string;
  readonly matchKey?: string;
  readonly rejection?: Rejection;
  /** `removed`: its row had gone, and what was to be done then was done, or refused. */
  readonly outcome?: OutcomeStatus | 'removed';
  /** The `Writer.version` under which it was settled. */
  readonly version?: string;
  /** The hash of the source row, where the source had one. */
  readonly rowHash?: string;
  /** What the destination confirmed that it holds, as `Writer.confirmed` gave it. */
  readonly values?: unknown;
  /** Between which times by its own clock, in milliseconds since the epoch, the destination has confirmed that. */
  readonly confirmedFrom?: number;
  readonly confirmedAt?: number;
  /** What an inventory shows of its record, where that is asked for beside what was confirmed. */
  readonly held?: HeldRecord;
  /** Somebody has changed it at the destination, and it is to get back what was written. */
  readonly isDrifted?: boolean | null;
  /** Fields that somebody has changed at the destination and that are theirs. */
  readonly protects?: readonly string[] | null;
  /** The lists that this destination has put it on, and not taken it off. */
  readonly lists?: readonly string[];
  /** This destination created it and has not written all of it yet: it goes on as one that it creates. */
  readonly unfinished?: boolean;
  /**
   * Another row had the record before, and the destination has not shown since that it still has it under the match key: it may
   * have another one there by now.
   */
  readonly moved?: boolean;
  /** An earlier run was about to create it, and no run learned how that ended. */
  readonly intended?: Intended;
}

/** A record as an inventory shows it, and as it was last confirmed. */
interface HeldRecord {
  /**
   * Whether it shows the record as it has become after that was confirmed (`newer`), as it was before (`older`), or as one or the
   * other (`unsure`).
   */
  readonly evidence: 'newer' | 'older' | 'unsure';
  /** By field, what it shows. */
  readonly values: unknown;
  /** What was confirmed; absent where nothing was. */
  readonly confirmed?: unknown;
  /** It is found by the match key under which it is known. */
  readonly isNamed: boolean;
}

/** A record of this fingerprint was about to be created, at that time by the destination's clock, in milliseconds since the epoch. */
export interface Intended {
  readonly fingerprint: string;
  readonly at: number;
  /** What named it then; absent where an earlier version has noted it. */
  readonly matchKey?: string;
}

/** A row that has a record or is to have one. */
export interface Wanted {
  readonly position: Position;
  readonly primaryKey: string;
  readonly matchKey: string | undefined;
  /** A later row has its match key. */
  readonly superseded: boolean;
}

/** A record that is about to be written. */
export interface Intent {
  readonly primaryKey: string;
  readonly fingerprint: string;
  /** It is to be created, if the destination lacks it; else changed. */
  readonly creates: boolean;
  /** The fields that may be changed; absent: any. */
  readonly fields?: readonly string[] | undefined;
  /** What names it at the destination. */
  readonly matchKey?: string | undefined;
}

/** Remembers nothing: every run starts from what the destination says. */
export const noStateStore: StateStore = {
  isNone: true,
  recall: async () => new Map(),
  intend: async () => undefined,
  record: async () => undefined,
};
