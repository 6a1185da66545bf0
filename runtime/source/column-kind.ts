import type { ColumnKind } from '../contract/provision.ts';

// DuckDB's names and Arrow's own (`Utf8`, `Timestamp<MICROSECOND>`), in this order.
const kinds: readonly (readonly [ColumnKind, RegExp])[] = [
  ['boolean', /^bool/i],
  ['datetime', /^(timestamp|datetime)/i],
  ['date', /^date/i],
  ['number', /^(u?(tiny|small|big|huge)?int(eger)?\d*$|float|double|decimal|numeric|real)/i],
];

/** What a column of a source's type holds: of lists, structs and whatever else has no kind of its own, text. */
export const columnKind = (type: string): ColumnKind =>
  /[[\]]|^(struct|map|list|union)/i.test(type) ? 'text' : (kinds.find(([, name]) => name.test(type))?.[0] ?? 'text');
