import type { Attributes } from '../store/records.ts';

/** Which records of a request a fault concerns; every condition given must hold. */
interface RecordMatch {
  /** The attribute that is compared; `email` when not given. */
  readonly field?: string;
  readonly equals?: string;
  readonly endsWith?: string;
  readonly contains?: string;
  /** Position in the request, from 0. */
  readonly index?: number;
}

/** Refuses the whole request because of one record. */
export interface RejectFault {
  readonly kind: 'reject';
  readonly where: RecordMatch;
  /** Whether the answer names the contact, or quotes the value of `where.field`. */
  readonly naming: 'contact_id' | 'value' | 'none';
  readonly field?: string;
  /** With `value`, `{value}` stands for it. */
  readonly message?: string;
}

/** Leaves records out of the answer of a bulk call: `omit` does not write them either. */
export interface OmitFault {
  readonly kind: 'omit' | 'omit-from-answer';
  readonly where: RecordMatch;
}

/** What a trouble script wants done to single records of one request. */
export interface RecordTrouble {
  omits(record: Attributes, index: number): boolean;
  hides(record: Attributes, index: number): boolean;
  rejects(record: Attributes, index: number): RejectFault | null;
}

/** Whether a record of a request is one that a fault concerns. */
export function concerns(where: RecordMatch, record: Attributes, index: number): boolean {
  if (where.index !== undefined && where.index !== index) return false;
  if (where.equals === undefined && where.endsWith === undefined && where.contains === undefined) return true;
  const value = record[where.field ?? 'email'];
  if (typeof value !== 'string') return false;
  if (where.equals !== undefined && value !== where.equals) return false;
  if (where.endsWith !== undefined && !value.endsWith(where.endsWith)) return false;
  return where.contains === undefined || value.includes(where.contains);
}

/** The faults of one request, as the endpoints ask for them. */
export function recordTrouble(faults: readonly (RejectFault | OmitFault)[]): RecordTrouble {
  const has = (kind: OmitFault['kind'], record: Attributes, index: number) =>
    faults.some((fault) => fault.kind === kind && concerns(fault.where, record, index));
  return {
    omits: (record, index) => has('omit', record, index),
    hides: (record, index) => has('omit-from-answer', record, index),
    rejects: (record, index) =>
      (faults.find((fault) => fault.kind === 'reject' && concerns(fault.where, record, index)) as RejectFault | null) ??
      null,
  };
}
