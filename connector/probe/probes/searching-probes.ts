import * as searching from '../deciding/searching.ts';
import { documented, NEW, type Probe } from '../probe.ts';

/** What a search finds, and when. */
export const searchingProbes: readonly Probe[] = [
  {
    id: 'P22',
    fact: 'search_lag',
    assumption: 'Search shows a new contact at once.',
    source: 'no report of a lag is known; the status page told of one in May 2026',
    asks: ['search.lag.0', 'search.lag.1', 'search.lag.2', 'search.lag.3'],
    expected: 'at once',
    decide: searching.searchLag,
    otherwise: 'What was made just now is not found by search. Runs rely on the ids in answers, and look once more.',
    dependsOn: 'connector/steps/look-up.ts',
    quirk: 'searchLagMs',
    needs: NEW,
  },
  {
    id: 'P23',
    fact: 'search_wide',
    assumption: 'A page of more than 100 records is cut to 100.',
    source: documented('search-for-contacts'),
    asks: ['search.wide'],
    expected: 'capped',
    decide: searching.widePage,
    otherwise: 'Nothing goes wrong: no page of more than 100 is asked for.',
    quirk: 'perPageAbove100',
  },
  {
    id: 'P24',
    fact: 'search_beyond',
    assumption: 'Beyond page 500 a search is empty.',
    source: `${documented('search-for-contacts')}: "display limit"`,
    asks: ['search.beyond'],
    expected: 'empty',
    decide: searching.beyond,
    otherwise: 'Nothing goes wrong: no page beyond 500 is asked for.',
    quirk: 'beyondLastPage',
  },
  {
    id: 'P25',
    fact: 'search_sorting',
    assumption: 'A search comes in the order that was asked for.',
    source: documented('search-for-contacts'),
    asks: ['search.sorted'],
    expected: 'honoured',
    decide: searching.sorting,
    otherwise: 'An inventory reads everything again, instead of what has changed since the last one.',
    dependsOn: 'connector/workspace/inventory.ts',
    quirk: 'searchSorts',
  },
];
