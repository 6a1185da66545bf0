import type { Emulator } from '../../emulator/server/server.ts';
import type { Outcome } from '../../runtime/contract/outcome.ts';
import { type ObjectName, owners, stages, type World } from '../scenarios/world.ts';
import { type Shown, shownAccount, shownContact } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';

/** The records of an Apollo at one moment, by id. */
export type Snapshot = ReadonlyMap<string, Shown>;

const FIELDS = {
  contacts: [
    'email',
    'first_name',
    'last_name',
    'organization_name',
    'title',
    'mobile_phone',
    'linkedin_url',
    'hubspot_id',
    'contact_stage_id',
    'owner_id',
  ],
  accounts: ['domain', 'name', 'phone', 'raw_address', 'salesforce_id', 'account_stage_id', 'owner_id'],
} as const satisfies Record<ObjectName, readonly string[]>;

/** Fields that no endpoint writes to a record that exists already. */
const ONLY_CREATED = new Set<string>(['hubspot_id', 'salesforce_id']);

/** Fields that Apollo gives every record a value of. */
const NEVER_BLANK = new Set<string>(['contact_stage_id', 'account_stage_id', 'owner_id']);

/** What an Apollo holds now, flat and copied. */
export function snapshot({ store }: Emulator, object: ObjectName): Snapshot {
  if (object === 'accounts') {
    return new Map([...store.accounts.values()].map((one) => [one.id, { ...shownAccount(store, one), ...given(one) }]));
  }
  return new Map(
    [...store.contacts.values()].map((one) => {
      const plain = shownContact(store, one);
      return [one.id, { ...plain, ...given(one), mobile_phone: (plain['phones'] as Record<string, string>)['mobile'] }];
    }),
  );
}

/** The stage and the owner of a record, where somebody has given it one: Apollo gives every record the default ones. */
function given(record: object): Shown {
  const one: Shown = { ...record };
  const known: readonly unknown[] = [...stages.contacts, ...stages.accounts, ...owners];
  const keys = ['contact_stage_id', 'account_stage_id', 'owner_id'].filter((key) => key in one);
  return Object.fromEntries(keys.map((key) => [key, known.includes(one[key]) ? one[key] : '']));
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
const lower = (value: unknown): string => text(value).toLowerCase();
/** A value as Apollo is to hold it: match fields in their one spelling. */
const wanted = (field: string, value: unknown): string =>
  field === 'email' || field === 'domain' ? lower(value) : text(value);
const joined = (prefix: string, ...parts: unknown[]): string[] =>
  parts.every((part) => text(part) !== '') ? [`${prefix}:${parts.map(lower).join('|')}`] : [];

/** Every key that a record, or a row, could be known by; the first one is a row's match key. */
export function keysOf(object: ObjectName, one: Shown): readonly string[] {
  if (object === 'accounts') {
    return [...joined('domain', one['domain']), ...joined('crm', one['salesforce_id']), ...joined('name', one['name'])];
  }
  return [
    ...joined('email', one['email']),
    ...((one['emails'] ?? []) as string[]).flatMap((email) => joined('email', email)),
    ...joined('crm', one['hubspot_id'] ?? one['hubspot_vid']),
    ...joined('name', one['first_name'], one['last_name'], one['organization_name']),
  ];
}

/** The key that names a row's record. */
export const matchKey = ({ object, stream }: World, row: TestRow): string | undefined =>
  stream['mode'] === 'update' ? `id:${row['apollo_id']}` : keysOf(object, row)[0];

/** What is wrong with a run, judged by what Apollo holds afterwards; nothing where all is true. */
export function faultsOf(
  world: World,
  outcomes: readonly (Outcome | undefined)[],
  before: Snapshot,
  after: Snapshot,
): readonly string[] {
  return [
    ...outcomes.flatMap((outcome, i) => (outcome === undefined ? [] : untrue(world, i, outcomes, before, after))),
    ...[...after].flatMap(([id, record]) => stolen(world, id, before.get(id), record)),
    ...doubled(world, before, after),
    ...[...before.keys()].filter((id) => !after.has(id)).map((id) => `record ${id} is lost`),
  ];
}

/** What a row's outcome says that is not so. */
function untrue(
  world: World,
  i: number,
  outcomes: readonly (Outcome | undefined)[],
  before: Snapshot,
  after: Snapshot,
): readonly string[] {
  const outcome = outcomes[i]!;
  if (outcome.status === 'rejected' || outcome.status === 'deferred' || outcome.status === 'superseded') return [];
  const { object, stream, rows } = world;
  const id = outcome.id ?? '';
  const record = after.get(id);
  // A row of mode update that says nothing asks for nothing, not even whether its record is there; and the lists endpoint
  // ignores ids that it does not know, in silence (docs.apollo.io/reference/add-records-to-a-list, 2026-08-19).
  if (stream['mode'] === 'update' && isSilent(object, rows[i]!)) return [];
  const say = (what: string): string => `row ${i} is ${outcome.status}, but ${what}`;
  if (record === undefined || record['state'] !== 'live') return [say('its record is not there')];
  const old = before.get(id);
  if (outcome.status === 'created' && old !== undefined) return [say('its record was there before')];
  const key = matchKey(world, rows[i]!)!;
  const twin = [...before.keys()].find((other) =>
    [before, after].every(
      (then) => then.get(other)?.['state'] === 'live' && keysOf(object, then.get(other)!).includes(key),
    ),
  );
  if (outcome.status === 'created' && twin !== undefined) return [say(`${twin} has had its key all along`)];
  const known = [`id:${id}`, ...keysOf(object, record), ...(old === undefined ? [] : keysOf(object, old))];
  if (!known.includes(key)) return [say(`its record ${id} is somebody else's: ${known.join(', ')}`)];
  if (outcome.status === 'skipped') return [];
  // Rows of different keys may name one record; then the value of either is right.
  const claimants = rows.filter((_, j) => {
    const other = outcomes[j];
    return other !== undefined && (j === i || !('id' in other) || other.id === undefined || other.id === id);
  });
  const wrong = FIELDS[object].filter((field) => {
    const want = wanted(field, rows[i]![field]);
    if (want === '' || (old !== undefined && ONLY_CREATED.has(field))) return false;
    if (old !== undefined && stream['on_existing'] === 'fill_blanks')
      return !NEVER_BLANK.has(field) && text(record[field]) === '';
    if (outcome.status !== 'created' && ONLY_CREATED.has(field)) return false;
    if (field === 'email' && keysOf(object, record).includes(`email:${want}`)) return false;
    const held = wanted(field, record[field]);
    return !claimants.some((row) => held === wanted(field, row[field]));
  });
  const lists = stream['lists'] as readonly string[];
  const inLists = lists.every((name) => (record['lists'] as readonly string[]).includes(name));
  return [
    ...wrong.map((field) => say(`${field} of ${id} is ${String(record[field])}, not ${String(rows[i]![field])}`)),
    ...(inLists ? [] : [say('its record is not in the lists')]),
  ];
}

const isSilent = (object: ObjectName, row: TestRow): boolean =>
  FIELDS[object].every((field) => ONLY_CREATED.has(field) || text(row[field]) === '');

/** Values of a record that come from no row that names it. */
function stolen(world: World, id: string, old: Shown | undefined, now: Shown): readonly string[] {
  const { object, rows, stream } = world;
  const keys = new Set([`id:${id}`, ...keysOf(object, old ?? now)]);
  const entitled = new Set<TestRow>();
  // A row that names the record may give it another name, by which another row then names it.
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of rows) {
      const key = matchKey(world, row);
      if (entitled.has(row) || key === undefined || !keys.has(key)) continue;
      entitled.add(row);
      grown = true;
      for (const more of keysOf(object, row)) keys.add(more);
    }
  }
  return FIELDS[object].flatMap((field) => {
    const value = wanted(field, now[field]);
    if (value === (old === undefined ? '' : wanted(field, old[field]))) return [];
    const clears = value === '' && stream['nulls'] === 'clear';
    if ([...entitled].some((row) => wanted(field, row[field]) === value && (value !== '' || clears))) return [];
    return [
      `${field} of ${id} is ${value} (was ${old === undefined ? 'new' : String(old[field])}), from no row that names it`,
    ];
  });
}

/** Keys that name more records than before, and than one. */
function doubled(world: World, before: Snapshot, after: Snapshot): readonly string[] {
  // An update gives a record whatever address its row says, even somebody else's.
  if (world.stream['mode'] === 'update') return [];
  const count = (snapshot: Snapshot): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const record of snapshot.values()) {
      if (record['state'] !== 'live') continue;
      for (const key of new Set(keysOf(world.object, record))) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  };
  const earlier = count(before);
  return [...count(after)]
    .filter(([key, records]) => !key.startsWith('name:') && records > Math.max(1, earlier.get(key) ?? 0))
    .map(([key, records]) => `${records} records for ${key}`);
}
