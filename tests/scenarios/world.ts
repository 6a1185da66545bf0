import fc from 'fast-check';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import type { Fault, TroubleRule } from '../../emulator/server/trouble.ts';
import type { Attributes } from '../../emulator/store/records.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf } from './scenario.ts';

export type ObjectName = 'contacts' | 'accounts';

/** Everything that decides a run: rows, what Apollo holds before, what no one knows of it, and what goes wrong. */
export interface World {
  readonly object: ObjectName;
  readonly rows: readonly TestRow[];
  readonly holds: readonly Attributes[];
  readonly stream: Readonly<Record<string, unknown>>;
  readonly quirks: Partial<Quirks>;
  readonly trouble: readonly TroubleRule[];
  readonly maxRetries: number;
  readonly concurrency: number;
  /** The run is stopped at this request, counted from 1. */
  readonly stopAt: number;
}

const seldom = <T>(value: fc.Arbitrary<T>, otherwise: T) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });
const often = <T extends string>(...values: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.constant(null) });

// Few enough of each that people look alike, share addresses, and stand in Apollo already.
const emails = [
  'ann@acme.example',
  'ann+x@acme.example',
  'bo@acme.example',
  'bo@bolt.example',
  'cy@gmail.com',
] as const;
const domains = ['acme.example', 'bolt.example', 'coil.example', 'dash.example'] as const;
const phones = ['+1 202 555 0101', '+1 202 555 0102'] as const;
const pages = ['https://linkedin.com/in/a', 'https://linkedin.com/in/b'] as const;
// Not the ones that a record has by default.
export const stages = {
  contacts: ['6095a710bd01d100a506d4b0', '6095a710bd01d100a506d4b1'],
  accounts: ['6095a710bd01d100a506d4b8', '61b8e913e0f4d2012e3af74e'],
} as const;
export const owners = ['66302798d03b9601c7934ebf', '66c8db577ed7f201b25c0eef'] as const;
const upper = (text: string): string => text.toUpperCase();

const contact = fc.record({
  email: fc.oneof(often(...emails), fc.constantFrom(...emails.map(upper))),
  first_name: often('Ann', 'ANN', 'Bo'),
  last_name: often('Lee', 'Ek'),
  organization_name: often('Acme', 'acme', 'Bolt'),
  hubspot_id: seldom(fc.constantFrom('1', '2'), null),
  mobile_phone: seldom(fc.constantFrom(...phones), null),
  linkedin_url: seldom(fc.constantFrom(...pages), null),
  contact_stage_id: seldom(fc.constantFrom(...stages.contacts), null),
  owner_id: seldom(fc.constantFrom(...owners), null),
});

const account = fc.record({
  domain: fc.oneof(often(...domains), fc.constantFrom(...domains.map(upper))),
  name: often('Acme', 'ACME', 'Bolt', 'Coil'),
  salesforce_id: seldom(fc.constantFrom('001A', '001B'), null),
  phone: seldom(fc.constantFrom(...phones), null),
  raw_address: seldom(fc.constantFrom('Rome', 'Oslo'), null),
  account_stage_id: seldom(fc.constantFrom(...stages.accounts), null),
  owner_id: seldom(fc.constantFrom(...owners), null),
});

const people = { contacts: contact, accounts: account } as const;

// A value of a row's own, so that whoever has it afterwards has it from that row.
const marked = { contacts: 'title', accounts: 'raw_address' } as const;

const rowsOf = (object: ObjectName): fc.Arbitrary<TestRow[]> =>
  fc
    .array(fc.tuple(people[object] as fc.Arbitrary<TestRow>, fc.nat(4), fc.integer({ min: 1, max: 7 })), {
      minLength: 1,
      maxLength: 9,
    })
    .map((rows) =>
      rows.map(([row, mark, id], i) => ({
        ...row,
        ...(mark > 0 ? { [marked[object]]: `of row ${i}` } : { [marked[object]]: null }),
        apollo_id: idOf(id),
      })),
    );

const holdsOf = (object: ObjectName): fc.Arbitrary<Attributes[]> =>
  fc
    .array(
      fc.record({
        person: people[object] as fc.Arbitrary<TestRow>,
        extra: seldom(fc.constantFrom(...emails), null),
        state: seldom(fc.constant('deleted'), 'live'),
        mark: fc.boolean(),
      }),
      { maxLength: 5 },
    )
    .map((entries) =>
      entries.map(({ person, extra, state, mark }, i) => ({
        ...Object.fromEntries(Object.entries(person).filter(([, value]) => value !== null)),
        ...(mark && { [marked[object]]: `held ${i}` }),
        ...(object === 'contacts' && extra !== null && { contact_emails: [{ email: extra, position: 0 }] }),
        id: idOf(i + 1),
        state,
      })),
    );

const quirks: fc.Arbitrary<Partial<Quirks>> = fc.record({
  order: fc.constantFrom('shuffled', 'sent'),
  withinBatch: fc.constantFrom('existing', 'both'),
  repeatedExisting: fc.constantFrom('each', 'once'),
  appendLabelsToExisting: fc.boolean(),
  partialOn422: fc.boolean(),
  absentIds: fc.constantFrom('omitted', '422'),
  slimExisting: fc.constantFrom('full', 'schema'),
  plusAddressing: fc.boolean(),
  freeDomainsMatch: fc.boolean(),
  updateVerb: seldom(fc.constantFrom('put-only-404', 'put-only-405'), 'patch'),
});

const where = fc.oneof(
  fc.record({ field: fc.constant('email'), contains: fc.constantFrom('ann', 'bo@', 'gmail') }),
  fc.record({ field: fc.constant('domain'), contains: fc.constantFrom('acme', 'bolt') }),
  fc.record({ index: fc.nat(3) }),
);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('status'), status: fc.constantFrom(500, 502, 503, 408, 401, 403) }),
  fc.record({
    kind: fc.constant('status'),
    status: fc.constantFrom(429, 503),
    retryAfterSeconds: fc.constantFrom(1, 60, 90_000),
  }),
  fc.record({ kind: fc.constantFrom('applied-then-status', 'drop', 'applied-then-drop', 'truncated', 'empty') }),
  fc.record({ kind: fc.constantFrom('omit', 'omit-from-answer'), where }),
  fc.record({ kind: fc.constant('reject'), where, naming: fc.constantFrom('contact_id', 'none') }),
) as fc.Arbitrary<Fault>;

const trouble: fc.Arbitrary<TroubleRule[]> = fc.array(
  fc.record({
    match: fc.record(
      {
        path: fc.constantFrom(
          ...['contacts', 'accounts'].flatMap((object) =>
            ['bulk_create', 'bulk_create', 'bulk_update', 'update', 'show'].map((action) => `${object}/${action}`),
          ),
          'contacts/update_stages',
          'labels/add_entity_ids_to_label_names',
        ),
        nth: fc.integer({ min: 1, max: 6 }),
        times: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: ['path', 'nth'] },
    ),
    fault,
  }),
  { maxLength: 4 },
);

const streamOf = (object: ObjectName) =>
  fc
    .record({
      mode: fc.constantFrom('upsert', 'upsert', 'upsert', 'insert', 'update'),
      on_existing: fc.constantFrom('update', 'update', 'fill_blanks', 'skip'),
      nulls: fc.constantFrom('ignore', 'ignore', 'clear'),
      lists: fc.constantFrom([], [], ['Synced']),
      updates: fc.constantFrom('individual', 'bulk', 'bulk'),
      ...(object === 'accounts' && { on_match_conflict: fc.constantFrom('reject', 'create') }),
    })
    // Update rows that are all to be skipped are a story of their own.
    .map(({ mode, on_existing, ...rest }) => ({
      ...rest,
      mode,
      on_existing: mode === 'update' && on_existing === 'skip' ? 'update' : on_existing,
      ...(mode === 'update' && { apollo_id: 'apollo_id' }),
    }));

/** Any world of one object. */
export const worldOf = (object: ObjectName): fc.Arbitrary<World> =>
  fc.record({
    object: fc.constant(object),
    rows: rowsOf(object),
    holds: holdsOf(object),
    stream: streamOf(object),
    quirks,
    trouble,
    maxRetries: fc.nat(2),
    concurrency: fc.constantFrom(1, 4),
    stopAt: seldom(fc.integer({ min: 1, max: 8 }), Number.POSITIVE_INFINITY),
  });
