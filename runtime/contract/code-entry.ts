/** What must be done about a failure: a person changes something, it is tried again later, or a row is corrected. */
type CodeKind = 'config' | 'transient' | 'record';

/** What a code means, for people. */
export interface CodeEntry {
  readonly kind: CodeKind;
  readonly says: string;
  /** What to do about it; of a record, in the words that a run prints behind its count. */
  readonly todo: string;
}
