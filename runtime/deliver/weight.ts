import { getHeapStatistics } from 'node:v8';
import type { Row } from '../contract/record.ts';

/** How much may wait in part-filled requests of one step: enough for 200 kinds of requests whose 100 records are full in the end. */
export const WAITING_MAX = 20_000;

// Measured (docs/benchmarks.md, 2026-12-01): what a record of five fields takes, its row included.
const RECORD_BYTES = 2000;

// A name that points to a value; the names themselves are there once for all rows.
const VALUE_BYTES = 16;

// Some thousands of levels are more than the stack has room for, and a row is not to end a run for what no field takes.
const DEPTH_MAX = 100;

/**
 * What fits into an eighth of the heap as often as records may wait: of several steps each holds as many, and a preview makes four
 * estimates at once. With a heap of 320 MB or more that is more than a record of five fields takes.
 */
const usualBytes = getHeapStatistics().heap_size_limit / 8 / WAITING_MAX;

/**
 * As how many records one counts while it waits: 1, unless its row is so wide, or the heap so small, that as many as may wait would not
 * fit into memory. All columns of a row are kept, as they go into rejects.
 */
export const weightOf = (row: Row, usual: number = usualBytes): number =>
  Math.max(1, (RECORD_BYTES + bytesOf(row)) / usual);

/** How much of this may wait for a request. */
export function weightOfAll(records: readonly { readonly weight: number }[]): number {
  let sum = 0;
  for (const { weight } of records) sum += weight;
  return sum;
}

function bytesOf(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return 0;
  let sum = 0;
  for (const name in value) sum += VALUE_BYTES + bytesOf((value as Row)[name], depth + 1);
  return sum;
}
