import type { StreamReport } from '../../facts/report.ts';
import type { Range, Ranges } from './plan-range.ts';
import type { StreamEstimate } from './stream-estimate.ts';

/**
 * What a run would do to one stream. `read` is the sum of the certain ones, which are `min` of a range, and `unknown`: rows
 * whose outcome only the destination knows.
 */
export interface StreamPreview {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  /** The way in which records that exist are written; absent where there is one only. */
  readonly strategy?: string;
  /** Equal as long as equal rows make equal requests; absent where that is not known. */
  readonly version?: string;
  readonly read: number;
  /** Rows that would be sent. */
  readonly to_send: number;
  readonly new: Range;
  readonly changed: Range;
  readonly unchanged: number;
  readonly skipped: number;
  readonly superseded: number;
  readonly rejected: number;
  /** Rows beyond `limits.max_records`. */
  readonly deferred: number;
  /** Rows among those to send whose record an earlier run has created, and not finished. */
  readonly deferred_in_apollo: number;
  readonly unknown: number;
  /** Rows that the state store knows and the source no longer has; absent without a state store. */
  readonly removed?: number;
  /** Rows whose record the state store knows, and those of them that would change. */
  readonly known: number;
  readonly known_changed: number;
  /** Rows that would be changed, by field. */
  readonly changed_fields: Ranges;
  /** Values that would be emptied. */
  readonly clears: Range;
  readonly reject_codes: Readonly<Record<string, number>>;
  /** Values that do not fit their fields and would be left out, and as much by code and field. */
  readonly dropped_values: number;
  readonly dropped_codes: StreamReport['dropped_codes'];
  /** Rows whose names differ while they share a match key, so that one of each would be written; absent where there are none. */
  readonly shared_keys?: { readonly key: string; readonly rows: number };
  /** What the first requests would say of their records, where that was asked for. */
  readonly payloads?: StreamEstimate['payloads'];
}
