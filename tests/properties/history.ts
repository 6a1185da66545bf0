import fc from 'fast-check';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import { ODD_FORMS } from '../../emulator/server/odd-forms.ts';
import type { Fault, TroubleRule } from '../../emulator/server/trouble.ts';
import { owners, stages } from '../scenarios/world.ts';
import { isNightly } from '../support/runs.ts';
import type { ObjectName } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';

/** One row of the source on some day. All its values carry the person that it is about, so that a mixed record shows. */
export interface SourceRow {
  readonly pk: number;
  readonly who: number;
  readonly address: string;
  readonly title: number | null;
  readonly phone: number;
}

/** What somebody does to the source; `i` and `j` choose rows, `n` a value. */
export interface Edit {
  readonly op: (typeof edits)[number];
  readonly i: number;
  readonly j: number;
  readonly n: number;
}

/** What somebody does at Apollo by hand; `i` and `j` choose live records. */
export interface HandEdit {
  readonly hand: (typeof hands)[number];
  readonly i: number;
  readonly j: number;
  readonly n: number;
}

/** One day: edits, and a run in which some of it goes wrong. */
export interface Day {
  readonly edits: readonly Edit[];
  readonly hands: readonly HandEdit[];
  readonly trouble: readonly TroubleRule[];
  readonly quirks: Partial<Quirks>;
  readonly maxRetries: number;
  /** Commits of the state store, or requests where there is none, after which the run is killed. */
  readonly killedAt: number | undefined;
  readonly full: boolean;
  /** What Apollo has is read into the state store first. */
  readonly inventory: boolean;
}

/** A list sync: which rows it has, every so many of them, and what it does with their records. */
interface Listing {
  readonly behaviour: 'add' | 'mirror' | 'remove' | 'upsert';
  readonly every: number;
}

/** Everything that decides a history. */
export interface History {
  readonly object: ObjectName;
  readonly stream: Readonly<Record<string, unknown>>;
  /** The column that names the rows; without it, their match key does. */
  readonly isKeyed: boolean;
  /** Rows have a stage and an owner too, which go by requests of their own. */
  readonly isAssigned: boolean;
  readonly hasStore: boolean;
  /** How runs are made: `sync` reads a warehouse, `write` is sent the rows. */
  readonly by: 'sync' | 'write';
  /** Another stream writes some of the fields, of the same rows to the same records. */
  readonly hasSecond: boolean;
  /** Another stream, which sees to a list of some of the rows that the first one writes. */
  readonly list?: Listing | undefined;
  readonly people: number;
  /** Whom Apollo has before, and whether with all values. */
  readonly known: readonly { readonly who: number; readonly address: number; readonly isBlank: boolean }[];
  readonly quirks: Partial<Quirks>;
  readonly days: readonly Day[];
  readonly concurrency: number;
  /** The requests that come after others which were made at the same time. */
  readonly slow?: string | undefined;
}

const edits = [
  'add',
  'remove',
  'return',
  'title',
  'phone',
  'blank',
  'address',
  'address',
  'swap',
  'recycle',
  'shift',
  'duplicate',
  'again',
  'person',
  'reverse',
  'bad',
] as const;
const hands = ['title', 'address', 'further', 'primary', 'delete', 'merge', 'make'] as const;

/** Addresses, or domains, that rows about a person may have: their own, one that is dropped, and some that people share. */
export function addressOf(object: ObjectName, who: number, n: number): string {
  if (object === 'accounts') {
    return [`c${who}.example`, `b${who}.example`, 's0.example', 's1.example', `C${who}.Example`][n % 5]!;
  }
  return [
    `p${who}@c${who}.example`,
    `p${who}.b@c${who}.example`,
    `p${who}@drop.example`,
    'info@s.example',
    'sales@s.example',
    `p${who}+x@c${who}.example`,
    `P${who}@C${who}.example`,
  ][n % 7]!;
}

/** A row as the warehouse has it. */
export function warehouseRow(object: ObjectName, { pk, who, address, title, phone }: SourceRow): TestRow {
  const more = { id: `r${pk}`, apollo_id: `a0${String(who + 1).padStart(22, '0')}` };
  const mark = title === null ? null : `T${title} of P${who}`;
  const number = `+1 202 555 01${who}${phone}`;
  const assigned = { stage: stages[object][phone % 2]!, owner: owners[(title ?? 0) % 2]! };
  return object === 'accounts'
    ? { ...more, ...assigned, domain: address, name: `P${who}`, raw_address: mark, phone: number }
    : {
        ...more,
        ...assigned,
        email: address,
        first_name: `F${who}`,
        last_name: `P${who}`,
        organization_name: `Org${who}`,
        title: mark,
        mobile_phone: number,
      };
}

/** The source after these edits, and the rows that have left it. */
export class Source {
  rows: readonly SourceRow[];
  #gone: readonly SourceRow[] = [];
  #keys: number;
  readonly #object: ObjectName;
  // A null that leaves a value alone leaves that of the person before, where a record is given to another one.
  readonly #blank: null | number;

  constructor({ object, people, stream }: Pick<History, 'object' | 'people' | 'stream'>) {
    this.#object = object;
    this.#blank = stream['nulls'] === 'clear' ? null : 9;
    this.#keys = people;
    this.rows = Array.from({ length: people }, (_, who) => ({
      pk: who,
      who,
      address: addressOf(object, who, 0),
      title: 0,
      phone: 0,
    }));
  }

  edit({ op, i, j, n }: Edit): void {
    const { rows } = this;
    const at = rows.length === 0 ? 0 : i % rows.length;
    const other = rows.length === 0 ? 0 : j % rows.length;
    const row = rows[at];
    const set = (changes: Partial<SourceRow>): void => {
      this.rows = rows.map((one, k) => (k === at ? { ...one, ...changes } : one));
    };
    if (op === 'add') this.#add(j % 8, n);
    if (op === 'return') this.#bringBack();
    if (row === undefined) return;
    // A source without rows has no columns to map.
    if (op === 'remove' && rows.length > 1) {
      this.rows = rows.filter((_, k) => k !== at);
      this.#gone = [...this.#gone, row];
    }
    if (op === 'title') set({ title: n });
    if (op === 'phone') set({ phone: n });
    if (op === 'blank') set({ title: this.#blank });
    if (op === 'address') set({ address: addressOf(this.#object, row.who, n) });
    if (op === 'bad') set({ address: 'nonsense' });
    if (op === 'person') set({ who: j % 8, address: addressOf(this.#object, j % 8, n) });
    if (op === 'reverse') this.rows = rows.toReversed();
    if (op === 'duplicate') this.rows = [...rows, { ...row, pk: this.#keys++, title: n }];
    if (op === 'again') this.rows = [...rows, { ...row, title: n }];
    if (op === 'shift') this.rows = rows.map((one, k) => ({ ...one, pk: rows[(k + 1) % rows.length]!.pk }));
    if (op === 'swap') {
      const { address } = rows[other]!;
      this.rows = rows.map((one, k) =>
        k === at ? { ...one, address } : k === other ? { ...one, address: row.address } : one,
      );
    }
    // One gives the address up, and somebody else has it.
    if (op === 'recycle') {
      set({ address: addressOf(this.#object, row.who, n) });
      const heir = { ...row, pk: this.#keys++, who: j % 8 };
      this.rows = n % 2 === 0 ? [...this.rows, heir] : [heir, ...this.rows];
    }
  }

  #add(who: number, n: number): void {
    const address = addressOf(this.#object, who, n);
    this.rows = [...this.rows, { pk: this.#keys++, who, address, title: n, phone: 0 }];
  }

  #bringBack(): void {
    const back = this.#gone.at(-1);
    if (back === undefined) return;
    this.#gone = this.#gone.slice(0, -1);
    this.rows = [...this.rows, back];
  }
}

const small = fc.nat(9);
const edit: fc.Arbitrary<Edit> = fc.record({ op: fc.constantFrom(...edits), i: small, j: small, n: small });
const handEdit: fc.Arbitrary<HandEdit> = fc.record({ hand: fc.constantFrom(...hands), i: small, j: small, n: small });

const where = fc.oneof(
  fc.record({ field: fc.constant('email'), contains: fc.constantFrom('p1', 'p2', 'info', 'c0') }),
  fc.record({ field: fc.constant('domain'), contains: fc.constantFrom('c1', 's0') }),
  fc.record({ index: fc.nat(3) }),
);
const html = '<html><body>Request blocked</body></html>';

const fault = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('status'), status: fc.constantFrom(500, 502, 503, 408) }) },
  fc.record({
    kind: fc.constant('status'),
    status: fc.constantFrom(400, 403, 404, 409, 423, 425, 451, 499),
    body: fc.constant(html),
  }),
  fc.record({
    kind: fc.constant('status'),
    status: fc.constantFrom(429, 503),
    retryAfterSeconds: fc.constantFrom(1, 60, 90_000),
  }),
  fc.record({
    kind: fc.constant('status'),
    status: fc.constant(422),
    body: fc.constantFrom({ error: 'Please provide a name' }, { errors: ['odd'] }, { errors: { base: ['odd'] } }),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('applied-then-status', 'drop', 'applied-then-drop') }) },
  fc.record({ kind: fc.constantFrom('truncated', 'empty') }),
  fc.record({ kind: fc.constant('odd-form'), form: fc.constantFrom(...ODD_FORMS) }),
  fc.record({ kind: fc.constantFrom('omit', 'omit-from-answer'), where }),
  fc.record({ kind: fc.constant('reject'), where, naming: fc.constantFrom('contact_id', 'value', 'none') }),
) as fc.Arbitrary<Fault>;

const pathsOf = (object: ObjectName): readonly string[] => [
  ...['bulk_create', 'bulk_create', 'bulk_update', 'update', 'update', 'show'].map((action) => `${object}/${action}`),
  'labels/add_entity_ids_to_label_names',
];

const troubleOf = (object: ObjectName): fc.Arbitrary<TroubleRule[]> =>
  fc.array(
    fc.record({
      match: fc.record({
        path: fc.constantFrom(...pathsOf(object)),
        nth: fc.integer({ min: 1, max: 4 }),
        times: fc.integer({ min: 1, max: 4 }),
      }),
      fault,
    }),
    { maxLength: 2 },
  );

const seldom = <T>(value: fc.Arbitrary<T>, otherwise: T, weight = 4) =>
  fc.oneof({ weight, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });

/** What Apollo does, or shows, otherwise than it was told; of an address of an account no answer to a write shows anything. */
const lies = (object: ObjectName): fc.Arbitrary<Partial<Quirks>> =>
  seldom<Partial<Quirks>>(
    fc.oneof(
      fc.constantFrom<Partial<Quirks>[]>(
        { untaken: [`${object}/update title`, `${object}/update phone`] },
        { untaken: [`${object}/bulk_create title`, `${object}/bulk_create phone`] },
        { untaken: [`${object}/update email`, `${object}/update domain`] },
        { untaken: [`${object}/bulk_update title`, `${object}/bulk_update name`] },
        { staleAnswers: [`${object}/update`] },
        { staleAnswers: [`${object}/bulk_update`] },
        { droppedAddresses: ['@drop.example'] },
        { droppedAddresses: ['@drop.example', '@s.example'] },
        { listChanges: 'other-message' as const },
      ),
    ),
    {},
    3,
  );

const dayOf = (object: ObjectName): fc.Arbitrary<Day> =>
  fc.record({
    edits: fc.array(edit, { maxLength: 4 }),
    hands: seldom(fc.array(handEdit, { minLength: 1, maxLength: 2 }), []),
    trouble: seldom(troubleOf(object), [], 1),
    quirks: lies(object),
    maxRetries: fc.nat(1),
    killedAt: seldom(fc.integer({ min: 0, max: 10 }), undefined),
    full: seldom(fc.constant(true), false),
    inventory: seldom(fc.constant(true), false),
  });

const streamOf = (object: ObjectName, seesRemoved: boolean) =>
  fc
    .record({
      mode: fc.constantFrom('upsert', 'upsert', 'upsert', 'insert', 'update', seesRemoved ? 'mirror' : 'upsert'),
      on_existing: fc.constantFrom('update', 'update', 'update', 'fill_blanks', 'skip'),
      nulls: fc.constantFrom('ignore', 'ignore', 'clear'),
      updates: fc.constantFrom('individual', 'bulk'),
      lists: seldom<readonly string[]>(fc.constant(['Synced']), []),
      ...(object === 'accounts' && { on_match_conflict: fc.constantFrom('reject', 'create') }),
    })
    .map(({ mode, on_existing, lists, ...rest }) => ({
      ...rest,
      mode,
      ...(mode === 'mirror' ? { lists: ['All'], max_removed_percent: 100 } : { on_existing, lists }),
      ...(mode === 'update' && { apollo_id: 'apollo_id', on_existing: 'update' }),
    }));

/** How Apollo is on every day. */
const quirks: fc.Arbitrary<Partial<Quirks>> = fc.record({
  order: fc.constantFrom('shuffled', 'sent'),
  withinBatch: fc.constantFrom('existing', 'both'),
  repeatedExisting: fc.constantFrom('each', 'once'),
  partialOn422: fc.boolean(),
  absentIds: fc.constantFrom('omitted', '422'),
  slimExisting: fc.constantFrom('full', 'schema'),
  plusAddressing: fc.boolean(),
  updateVerb: seldom(fc.constantFrom('put-only-404', 'put-only-405'), 'patch'),
});

const listing: fc.Arbitrary<Listing> = fc.record({
  behaviour: fc.constantFrom('add', 'mirror', 'remove', 'upsert'),
  every: fc.integer({ min: 1, max: 3 }),
});

/** Any history of one object, with a state store or without; who is sent its rows does not learn which are gone. */
export const historyOf = (object: ObjectName, hasStore: boolean): fc.Arbitrary<History> =>
  fc.oneof(byOf(object, hasStore, 'sync'), byOf(object, hasStore, 'write'));

const byOf = (object: ObjectName, hasStore: boolean, by: History['by']): fc.Arbitrary<History> =>
  fc.record({
    object: fc.constant(object),
    by: fc.constant(by),
    hasSecond: hasStore && by === 'sync' ? seldom(fc.constant(true), false, 2) : fc.constant(false),
    list: hasStore && by === 'sync' ? seldom(listing, undefined, 1) : fc.constant(undefined),
    stream: streamOf(object, hasStore && by === 'sync'),
    isKeyed: seldom(fc.constant(false), true),
    isAssigned: seldom(fc.constant(true), false, 2),
    hasStore: fc.constant(hasStore),
    people: fc.integer({ min: 2, max: 6 }),
    known: fc.uniqueArray(fc.record({ who: fc.nat(7), address: fc.constantFrom(0, 0, 1, 3), isBlank: fc.boolean() }), {
      maxLength: 3,
      selector: ({ who }) => who,
    }),
    quirks,
    days: fc.array(dayOf(object), { minLength: 2, maxLength: isNightly ? 4 : 3 }),
    concurrency: fc.constantFrom(1, 4),
    slow: seldom(fc.constantFrom(...pathsOf(object)), undefined, 1),
  });
