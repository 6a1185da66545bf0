/** What a code means, for people. */
export interface CodeEntry {
  /** What must be done about it: a person changes something, it is tried again later, or a row is corrected. */
  readonly kind: 'config' | 'transient' | 'record';
  readonly says: string;
  /** What to do about it; of a record, in the words that a run prints behind its count. */
  readonly todo: string;
}

const entryOf =
  <K extends CodeEntry['kind']>(kind: K) =>
  (says: string, todo: string) => ({ kind, says, todo });

export const config = entryOf('config');
export const transient = entryOf('transient');
export const record = entryOf('record');
