/** A field of an existing record that has been written. Values are as the destination's records have them. */
export interface Change {
  readonly field: string;
  /** What it held before; absent where no run has read it. */
  readonly before?: unknown;
  readonly after: unknown;
}
