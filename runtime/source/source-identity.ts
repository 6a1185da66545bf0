import { resolve } from 'node:path';

/** Which rows a stream reads: equal as long as they are those of one source, whatever its query makes of them. */
export interface SourceIdentity {
  /** The database, or the file. */
  readonly source: string;
  /** The tables, views and files that a stream reads of it, in order of their names. */
  readonly relations: readonly string[];
}

// A file or a table of each day is one source. What stands for a point of time, or for one run of whatever made the file,
// is left out of names: dates with or without a time, months, weeks, quarters, Hive's partitions by them, Unix times, UUIDs.
const momentary = [
  /\b(year|month|day|hour|date|dt|ds|week|run_id)=[^/]*/gi,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
  /(?<!\d)(19|20)\d\d[-_/.]?(0[1-9]|1[0-2])[-_/.]?(0[1-9]|[12]\d|3[01])([-_T .]?([01]\d|2[0-3])([-_:h.]?[0-5]\d){0,2}(\.\d+)?Z?)?(?!\d)/gi,
  /(?<!\d)(19|20)\d\d[-_/.](0[1-9]|1[0-2])(?!\d)/g,
  /(?<!\d)(19|20)\d\d[-_/.]?(W[0-5]\d|Q[1-4])(?!\d)/gi,
  /(?<!\d)1\d{9}(\d{3})?(?!\d)/g,
];

/** A name without what changes from one day to the next. */
export const timeless = (name: string): string => momentary.reduce((text, part) => text.replace(part, '*'), name);

/** A file by its whole path, or an address without its signature and its credentials; neither with what changes daily. */
export function placeOf(path: string): string {
  if (!/^[a-z][a-z0-9+]+:/i.test(path)) return timeless(resolve(path));
  return timeless(path.replace(/[?#].*$/, '').replace(/\/\/[^/@]*@/, '//'));
}
