import type { Call } from './call.ts';
import { invalid } from './reply.ts';

/** One page of a search. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly pagination: {
    readonly page: number;
    readonly per_page: number;
    readonly total_entries: number;
    readonly total_pages: number;
  };
}

// At most 100 a page, and 500 pages where no quirk says otherwise (docs.apollo.io/reference/search-for-contacts, 2026-08-19).
const MAX_PER_PAGE = 100;

/** The asked page of what matches; without `compare` in the order stored, at the cost of one pass. */
export function searchPage<T>(
  call: Call,
  records: Iterable<T>,
  matches: (record: T) => boolean,
  compare: ((a: T, b: T) => number) | null,
): Page<T> {
  const page = positive(call.body['page'], 1);
  const perPage = pageSize(call, positive(call.body['per_page'], 25));
  const from = (page - 1) * perPage;
  const beyond = page > call.quirks.searchPages;
  // Documented as a display limit of 50,000 records; what a request beyond it meets is not.
  if (beyond && call.quirks.beyondLastPage === '422') throw invalid('Page not supported');
  const found: T[] = [];
  let total = 0;
  for (const record of records) {
    if (!matches(record)) continue;
    if (compare !== null || (total >= from && total < from + perPage)) found.push(record);
    total += 1;
  }
  const slice = compare === null ? found : found.sort(compare).slice(from, from + perPage);
  return {
    entries: beyond ? [] : slice,
    pagination: { page, per_page: perPage, total_entries: total, total_pages: Math.ceil(total / perPage) },
  };
}

// The text was seen on another search (undated); for contacts and accounts nothing is on record.
function pageSize(call: Call, asked: number): number {
  if (asked > MAX_PER_PAGE && call.quirks.perPageAbove100 === '422') throw invalid('Per page not supported');
  return Math.min(asked, MAX_PER_PAGE);
}

function positive(value: unknown, otherwise: number): number {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
