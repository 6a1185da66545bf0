/** Reads what the destination has, a page of records at a time. Reading is all it does. */
export interface Inventory {
  /** Records of a page. */
  readonly pageSize: number;
  /** Pages that one query shows at most. */
  readonly maxPages: number;
  /** Parts of the records of an object, to be asked for one by one where one query does not show them all. */
  parts(object: string, signal: AbortSignal): Promise<readonly InventoryPart[]>;
  /** Whether two values of a field mean the same to the destination. */
  isSame(object: string, field: string, ours: unknown, theirs: unknown): boolean;
  /**
   * One record by its id, which no index stands between; undefined where there is none any more. Throws RecordFailure where the answer
   * does not tell.
   */
  read(object: string, id: string, signal: AbortSignal): Promise<InventoryRecord | undefined>;
  /** What people call the lists of an object, by their ids. */
  lists(object: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** How far the destination's clock is ahead of this machine's, in milliseconds, as far as answers show it. */
  aheadMs(): number;
  /** Throws ConfigFailure where the plan or the credentials do not allow it. */
  page(asked: InventoryQuery, signal: AbortSignal): Promise<InventoryPage>;
}

/** A part of the records of an object, opaque to who asks for it. */
export interface InventoryPart {
  readonly by: string;
  readonly id: string;
}

interface InventoryQuery {
  readonly object: string;
  readonly order: InventoryOrder;
  /** 1 for the first. */
  readonly page: number;
  /** Absent: all of them. */
  readonly part?: InventoryPart | undefined;
}

export type InventoryOrder = 'oldest first' | 'newest first' | 'last changed first';

interface InventoryPage {
  readonly records: readonly InventoryRecord[];
  /** Records that the query has, whether or not it shows them all; absent where the answer does not say. */
  readonly total?: number | undefined;
}

/** A record as the destination shows it. Times are milliseconds since the epoch, by the destination's clock. */
export interface InventoryRecord {
  readonly id: string;
  readonly createdAt?: number | undefined;
  readonly updatedAt?: number | undefined;
  /** As it was shown, as far as it matters: JSON, the same text for the same record. */
  readonly shown: string;
  /** By field, what the record holds, in the words of its fields; `''` where that is blank. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The ids of the lists that it is on; absent where the answer does not say. */
  readonly lists?: readonly string[] | undefined;
  /** Every match key that a row of the record could have. */
  readonly matchKeys: readonly string[];
  /** Every key by which the destination could take a record for this one. */
  readonly identity: readonly string[];
}
