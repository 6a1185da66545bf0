import type { Emulator } from '../../emulator/server/server.ts';
import { type ObjectName, type Shown, shownRecords } from './shown-records.ts';
import type { TestRow } from './warehouse.ts';

/** What a run has said of one row, or what the state store says of it. */
export interface Told {
  /** Names the row in what is reported. */
  readonly primaryKey: string;
  /** The row of the source; absent where the source no longer has it. */
  readonly row?: TestRow | undefined;
  readonly outcome: string;
  readonly id?: string | null | undefined;
  /** As the state store has it. */
  readonly matchKey?: string | null | undefined;
}

/** A stream as a person writes it; the columns of fields without a mapping have their names. */
export interface JudgedStream {
  readonly object: ObjectName;
  readonly primary_key?: string | undefined;
  readonly mapping?: readonly { readonly to: string; readonly from?: string | undefined }[] | undefined;
  readonly mode?: string | undefined;
  readonly on_existing?: string | undefined;
}

/** Outcomes after which a row has no record of its own. */
const LEFT: ReadonlySet<string> = new Set(['superseded', 'removed']);
/** Outcomes that say: the destination has what the row says. */
const HOLDS: ReadonlySet<string> = new Set(['created', 'updated', 'unchanged']);

/**
 * What is not as it must be after every run: no two rows of a stream have one record; the record of each row has the key of
 * the row; and of a row that counts as written, the record has its values. `told` are the rows of one stream. Nothing where
 * all is well.
 */
export function identityFaults(
  emulator: Pick<Emulator, 'store'>,
  stream: JudgedStream,
  told: readonly Told[],
): readonly string[] {
  const records = new Map(shownRecords(emulator, stream.object).map((one) => [String(one['id']), one]));
  return [...sharedIds(told), ...told.flatMap((one) => faultsOf(one, stream, records))];
}

function sharedIds(told: readonly Told[]): readonly string[] {
  const rows = new Map<string, string[]>();
  for (const { id, outcome, primaryKey } of told) {
    if (id == null || LEFT.has(outcome)) continue;
    rows.set(id, [...(rows.get(id) ?? []), primaryKey]);
  }
  return [...rows].filter(([, keys]) => keys.length > 1).map(([id, keys]) => `${keys.join(' and ')} both have ${id}`);
}

function faultsOf(
  { primaryKey, row, outcome, id, matchKey }: Told,
  stream: JudgedStream,
  records: ReadonlyMap<string, Shown>,
): readonly string[] {
  if (row === undefined || id == null || LEFT.has(outcome)) return [];
  const say = (what: string): string => `${primaryKey} is ${outcome}, but ${what}`;
  const record = records.get(id);
  // Somebody may have deleted the record of a row that has not been sent since.
  if (record === undefined) return HOLDS.has(outcome) ? [say(`${id} is not there`)] : [];
  const keys = keysOf(stream.object, record);
  const isNamed = matchKey == null || matchKey.startsWith('id:') || keys.includes(matchKey);
  const own = columnOf(stream, MATCH_FIELDS[stream.object]);
  const key = typeof row[own] === 'string' ? `${MATCH_FIELDS[stream.object]}:${lower(row[own])}` : undefined;
  const isOwn = !HOLDS.has(outcome) || stream.mode === 'update' || key === undefined || keys.includes(key);
  return [
    ...(isNamed ? [] : [say(`${id} is not known by ${matchKey}, but by ${keys.join(', ')}`)]),
    ...(isOwn ? [] : [say(`${id} does not have ${key}, but ${keys.join(', ')}`)]),
    ...(HOLDS.has(outcome) ? missing(row, record, stream).map(say) : []),
  ];
}

const MATCH_FIELDS = { contacts: 'email', accounts: 'domain' } as const satisfies Record<ObjectName, string>;

/** Fields whose values Apollo shows as they were sent. */
const PLAIN = {
  contacts: ['first_name', 'last_name', 'organization_name', 'title', 'mobile_phone'],
  accounts: ['name', 'phone', 'raw_address'],
} as const satisfies Record<ObjectName, readonly string[]>;

function missing(row: TestRow, record: Shown, stream: JudgedStream): readonly string[] {
  return PLAIN[stream.object].flatMap((field) => {
    const want = text(row[columnOf(stream, field)]);
    if (want === '') return [];
    const held = text(field === 'mobile_phone' ? (record['phones'] as Shown)['mobile'] : record[field]);
    const isThere = stream.on_existing === 'fill_blanks' ? held !== '' : held === want;
    return isThere ? [] : [`${field} of ${String(record['id'])} is "${held}", not "${want}"`];
  });
}

const columnOf = ({ mapping }: JudgedStream, field: string): string =>
  mapping === undefined || mapping.length === 0 ? field : (mapping.find(({ to }) => to === field)?.from ?? '');

/** The match keys that a record answers to, as the state store writes them. */
export function keysOf(object: ObjectName, record: Shown): readonly string[] {
  const key = (name: string, value: unknown): string[] => (text(value) === '' ? [] : [`${name}:${lower(value)}`]);
  const crm = ['salesforce_id', 'salesforce_lead_id', 'salesforce_contact_id', 'hubspot_id'].flatMap((name) =>
    text(record[name]) === '' ? [] : [`${name}:${text(record[name])}`],
  );
  if (object === 'accounts') return [...key('domain', record['domain']), ...crm, ...key('name', record['name'])];
  const emails = [record['email'], ...((record['emails'] ?? []) as readonly string[])];
  const name = ['first_name', 'last_name', 'organization_name'].map((part) => lower(record[part]));
  return [
    ...emails.flatMap((email) => key('email', email)),
    ...crm,
    ...(name.includes('') ? [] : [`name:${name.join('|')}`]),
  ];
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
const lower = (value: unknown): string => text(value).toLowerCase();
