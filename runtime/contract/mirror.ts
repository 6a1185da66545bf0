/** What the destination has of one object, as an inventory knows it. It is looked into, and left as it is. */
export interface Mirror {
  /** The records that are found by each of these keys. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Mirrored[]>>;
  /** The records of these ids, as far as they are known. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Mirrored>>;
  /** Ids of records whose match key is another one by now than their rows were written under. */
  readonly renamed: ReadonlySet<string>;
}

/** A record as the destination shows it. */
export interface Mirrored {
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly createdAt: number | undefined;
  readonly shown: Readonly<Record<string, unknown>>;
}
