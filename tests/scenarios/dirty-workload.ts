import type { Fault, TroubleRule } from '../../emulator/server/trouble.ts';
import type { Attributes } from '../../emulator/store/records.ts';
import type { TestRow } from '../support/warehouse.ts';
import { type ObjectName, owners, stages } from './world.ts';

/** What a run over seeded rows is made of; the same seed gives the same rows, settings and faults. */
export interface Workload {
  readonly stream: Readonly<Record<string, unknown>>;
  readonly trouble: readonly TroubleRule[];
  /** The rows of two days: on the second, some have changed, some are gone. */
  readonly days: readonly (readonly TestRow[])[];
  readonly holds: readonly Attributes[];
}

/** Which corner of the program a workload goes through. */
export interface Corner {
  readonly object: ObjectName;
  readonly mode: 'upsert' | 'insert' | 'update' | 'mirror';
  readonly hasTrouble: boolean;
}

type Random = ReturnType<typeof randomOf>;

const ROWS = 36;
const HELD = 16;

/** A workload of dirty rows, half of which Apollo has under some spelling. */
export function dirtyWorkload({ object, mode, hasTrouble }: Corner, seed: number): Workload {
  const random = randomOf(seed);
  const { pick } = random;
  const rows = Array.from({ length: ROWS }, (_, i) => rowOf(i, object, random));
  const fields = Object.keys(rows[0]!).filter((name) => name !== 'id' && name !== 'apollo_id');
  return {
    stream: {
      object,
      mode,
      primary_key: 'id',
      // What is decided is looked at here, not what a person is asked before it.
      max_rekeyed_percent: 100,
      ...(mode === 'mirror' && { max_removed_percent: 100 }),
      mapping: fields.map((name) => ({ to: name, from: name })),
      on_existing: pick(['update', 'update', 'fill_blanks']),
      nulls: pick(['ignore', 'clear']),
      on_invalid: pick(['reject', 'drop']),
      updates: pick(['individual', 'bulk']),
      lists: mode === 'mirror' ? ['Synced'] : pick([[], ['Synced']]),
      ...(mode === 'update' && { apollo_id: 'apollo_id' }),
      ...(object === 'accounts' && { on_match_conflict: pick(['reject', 'create']) }),
    },
    trouble: hasTrouble ? [1, 2, 3].map(() => troubleOf(random)) : [],
    days: [rows, nextDay(rows, object, random)],
    holds: Array.from({ length: HELD }, (_, i) => recordOf(i, rowOf(random.below(ROWS), object, random))),
  };
}

/** Numbers and choices that look random and are the same for each seed (mulberry32). */
function randomOf(seed: number) {
  let state = seed * 7919 + 1;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  return {
    below,
    pick,
    seldom: <T>(value: T): T | null => (below(4) === 0 ? value : null),
    /** As it is, or as real exports spell it. */
    spelled: (text: string): string | null => (below(5) === 0 ? pick(spellings)(text) : text),
  };
}

const spellings: readonly ((text: string) => string | null)[] = [
  (text) => text.toUpperCase(),
  (text) => ` ${text}\t`,
  (text) => `\u00a0${text}`,
  (text) => `${text}\u200b`,
  (text) => text.replace('e', '\u00e9'),
  (text) => text.replace('e', 'e\u0301'),
  (text) => text.replace('a', '\uff41'),
  (text) => text.replace('i', '\u0131'),
  (text) => text.replace(/\b\w/g, (letter) => letter.toUpperCase()),
  (text) => text.replace(/ /g, '  '),
  (text) => text.replace('@', '+news@'),
  (text) => text.replace('@', ' @ '),
  (text) => text.replace('.example', '.example.'),
  (text) => text.replace('corp', 'm\u00fcller'),
  (text) => text.replace('corp', 'xn--mller-kva'),
  (text) => `"${text}"`,
  () => '',
  () => null,
  () => 'n/a',
  () => 'not an address',
];

/** Few enough corporations that rows share a company, an address or a domain now and then. */
function rowOf(i: number, object: ObjectName, { below, pick, seldom, spelled }: Random): TestRow {
  const common = {
    id: below(25) === 0 ? i - 1 : i,
    owner_id: seldom(pick(owners)),
    apollo_id: apolloId(below(HELD + 4)),
  };
  const shared = (): number => (below(4) === 0 ? below(12) : i);
  if (object === 'accounts')
    return {
      ...common,
      domain: spelled(`https://www.corp${shared()}.example/about`),
      name: spelled(`The Corp ${shared()} Inc.`),
      raw_address: spelled(`${i} Main Street, Rome`),
      phone: seldom(spelled(`+1 202 555 ${1000 + i}`)),
      salesforce_id: seldom(spelled(`001${String(i).padStart(12, 'A')}`)),
      account_stage_id: seldom(pick(stages.accounts)),
    };
  return {
    ...common,
    email: spelled(`person${shared()}@corp${below(10)}.example`),
    first_name: spelled(`Firstine ${below(12)}`),
    last_name: spelled(`Last ${below(6)}`),
    organization_name: spelled(`The Corp ${below(10)}`),
    title: spelled(`Head of ${i}`),
    mobile_phone: seldom(spelled(`+1 202 555 ${1000 + i}`)),
    linkedin_url: seldom(spelled(`https://de.linkedin.com/in/e${i}/`)),
    contact_stage_id: seldom(pick(stages.contacts)),
  };
}

const apolloId = (i: number): string => i.toString(16).padStart(24, 'a');

/** One row in six has changed, one in twenty is gone. */
const nextDay = (rows: readonly TestRow[], object: ObjectName, random: Random): readonly TestRow[] =>
  rows.flatMap((row, i) => {
    if (random.below(20) === 0) return [];
    return [random.below(6) === 0 ? { ...rowOf(i, object, random), id: row['id']! } : row];
  });

/** What Apollo holds in the place of a row. */
const recordOf = (i: number, { id: _, apollo_id: __, ...fields }: TestRow): Attributes => ({
  ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== '')),
  id: apolloId(i),
});

const troubleOf = ({ below, pick }: Random): TroubleRule => ({
  match: { method: pick(['POST', 'POST', 'PATCH', 'GET']), nth: below(5) + 1 },
  fault: pick(faults),
});

const faults: readonly Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfterSeconds: 60 },
  { kind: 'applied-then-drop' },
  { kind: 'truncated' },
  { kind: 'omit', where: { index: 2 } },
  { kind: 'omit-from-answer', where: { index: 3 } },
  { kind: 'reject', where: { index: 5 }, naming: 'none' },
  { kind: 'reject', where: { index: 7 }, naming: 'contact_id' },
];
