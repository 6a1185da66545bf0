import type { Store } from '../store/store.ts';
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

/** The asked page of what matches; without `compare` in the order stored. */
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
  const found: readonly T[] =
    compare === null
      ? [...records].filter(matches)
      : sortedOnce(call, page, () => [...records].filter(matches).sort(compare));
  const total = found.length;
  return {
    entries: beyond ? [] : found.slice(from, from + perPage),
    pagination: { page, per_page: perPage, total_entries: total, total_pages: Math.ceil(total / perPage) },
  };
}

interface Sorted {
  readonly key: string;
  readonly found: readonly unknown[];
}

const lastSorted = new WeakMap<Store, Sorted>();

/** What a query finds, in its order: sorted for its first page, and for the next ones where nothing has changed since. */
function sortedOnce<T>({ action, body, store, quirks, nowMs }: Call, page: number, sort: () => T[]): readonly T[] {
  const { page: _, ...query } = body;
  const sizes = [store.contacts.size, store.accounts.size, store.past.count, quirks.searchLagMs > 0 ? nowMs : 0];
  const key = JSON.stringify([action, query, quirks.searchSorts, ...sizes]);
  const last = lastSorted.get(store);
  if (page > 1 && last?.key === key) return last.found as readonly T[];
  const found = sort();
  lastSorted.set(store, { key, found });
  return found;
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
