import type { Attributes } from '../emulator/store/records.ts';
import type { Wanted } from './fewest-calls.ts';

/** A row of the warehouse. */
export type Row = Readonly<Record<string, string | null>>;

/** One workload: what Apollo holds, what was synced before, what is synced now, and the same in the words of the bound. */
export interface Workload {
  readonly name: string;
  readonly mapping: readonly { readonly to: string; readonly from: string }[];
  readonly holds: readonly Attributes[];
  /** Synced beforehand, with the same state store. */
  readonly before?: readonly Row[];
  readonly rows: readonly Row[];
  readonly wanted: readonly Wanted[];
  /** The proof of the key, with which every run begins, and requests for names that have to be looked up. */
  readonly lookups: number;
}

const SIZE = 10_000;
const plain = ['email', 'first_name', 'last_name', 'organization_name', 'title'];
const mappingOf = (...more: string[]) => [...plain, ...more].map((name) => ({ to: name, from: name }));

/** People whom no rule of Apollo's takes for one another. */
const person = (i: number, more: Row = {}): Row => ({
  email: `person${i}@company${i}.example`,
  first_name: `First${i}`,
  last_name: `Last${i}`,
  organization_name: `Company ${i}`,
  title: 'Analyst',
  ...more,
});

const people = Array.from({ length: SIZE }, (_, i) => person(i));
const fresh: Wanted = { record: 'new', fields: plain };

/** 40 users of the workspace besides those that are there, the first with few contacts and the last with many. */
export const users = Array.from({ length: 40 }, (_, i) => ({
  id: `b0${String(i).padStart(22, '0')}`,
  email: `user${i}@team.example`,
}));

// A power law, as books of business have it: the largest has some 1,200, the smallest some 80.
const weights = users.map((_, i) => 1 / (i + 2) ** 0.9);
const weightSum = weights.reduce((sum, one) => sum + one, 0);
const cuts = weights.map((_, i) => weights.slice(0, i + 1).reduce((sum, one) => sum + one, 0) / weightSum);
// 7,919 has no divisor in common with the size: every place comes once, in a mixed order.
const mixed = (i: number): number => ((i * 7919) % SIZE) / SIZE;
const ownerOf = (i: number) => users[cuts.findIndex((cut) => mixed(i) < cut)]!;

const lists = ['North', 'South'] as const;
// Names of stages of the emulator's workspace, as in the samples of GET /contact_stages (2026-08-19).
const stages = [
  'Approaching',
  'Replied',
  'Interested',
  'Not Interested',
  'Unresponsive',
  'Customer',
  'Bad Data',
] as const;
const listed = people.map((row, i) => ({ ...row, lists: lists[i % 2]!, contact_stage_id: stages[(i >> 1) % 7]! }));
const isHeld = (i: number): boolean => i % 5 < 2;
// Of those that exist, every third also has another title.
const isRetitled = (i: number): boolean => i % 3 === 0;

/** What a list of rows was before. */
const held = (rows: readonly Row[], title: (i: number) => string): readonly Attributes[] =>
  rows.map(({ lists: _, contact_stage_id: __, owner_id: ___, ...row }, i) => ({ ...row, title: title(i) }));

export const workloads: readonly Workload[] = [
  { name: '10,000 fresh', mapping: mappingOf(), holds: [], rows: people, wanted: people.map(() => fresh), lookups: 1 },
  { name: 'unchanged', mapping: mappingOf(), holds: [], before: people, rows: people, wanted: [], lookups: 1 },
  {
    name: '1 % changed',
    mapping: mappingOf(),
    holds: [],
    before: people,
    rows: people.map((row, i) => (i % 100 === 7 ? { ...row, title: 'Director' } : row)),
    wanted: people.filter((_, i) => i % 100 === 7).map(() => ({ record: 'known', fields: ['title'] })),
    lookups: 1,
  },
  {
    name: '60 % existing',
    mapping: mappingOf(),
    holds: held(
      people.filter((_, i) => i % 5 < 3),
      () => 'Intern',
    ),
    rows: people,
    wanted: people.map((_, i) => (i % 5 < 3 ? { record: 'found', fields: ['title'] } : fresh)),
    lookups: 1,
  },
  {
    name: '40 owners',
    mapping: mappingOf('owner_id'),
    holds: [],
    rows: people.map((row, i) => ({ ...row, owner_id: ownerOf(i).email })),
    wanted: people.map((_, i) => ({ ...fresh, owner: ownerOf(i).email })),
    lookups: 2,
  },
  {
    name: 'lists with stages',
    mapping: mappingOf('lists', 'contact_stage_id'),
    holds: people.flatMap((row, i) => (isHeld(i) ? held([row], () => (isRetitled(i) ? 'Intern' : 'Analyst')) : [])),
    rows: listed,
    wanted: listed.map(({ lists: list, contact_stage_id: stage }, i) =>
      isHeld(i)
        ? { record: 'found', fields: isRetitled(i) ? ['title'] : [], lists: [list], stage }
        : { ...fresh, lists: [list] },
    ),
    lookups: 2,
  },
];
