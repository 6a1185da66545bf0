import fc from 'fast-check';
import { expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { idOf } from '../scenarios/scenario.ts';
import { owners, stages } from '../scenarios/world.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { type OneRun, previewed, synced, wholeMirror } from '../support/one-stream.ts';
import { sweep } from '../support/runs.ts';
import type { TestRow } from '../support/warehouse.ts';

const maybe = <T extends string>(...values: T[]) => fc.constantFrom(...values, null);

/** Somebody whom Apollo has, the warehouse, or both; few names and companies, so that Apollo may take one for another. */
const person = fc.record({
  who: fc.integer({ min: 0, max: 60 }),
  alias: fc.integer({ min: 0, max: 12 }),
  name: fc.integer({ min: 0, max: 9 }),
  company: fc.integer({ min: 0, max: 9 }),
  title: maybe('CTO', 'CEO', 'CFO'),
  phone: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: maybe('+1 202 555 0101') }),
  stage: maybe(...stages.contacts),
  owner: maybe(...owners),
  list: maybe('North', 'South'),
  isFree: fc.integer({ min: 0, max: 5 }),
});
type Person = typeof person extends fc.Arbitrary<infer T> ? T : never;

const persons = fc.oneof(
  { weight: 3, arbitrary: fc.array(person, { minLength: 1, maxLength: 15 }) },
  { weight: 1, arbitrary: fc.array(person, { minLength: 90, maxLength: 140, size: 'max' }) },
);

const stream = fc.record({
  object: fc.constantFrom('contacts', 'contacts', 'accounts'),
  mode: fc.constantFrom('upsert', 'upsert', 'insert'),
  on_existing: fc.constantFrom('update', 'update', 'fill_blanks', 'skip'),
  nulls: fc.constantFrom('ignore', 'clear'),
  updates: fc.constantFrom('individual', 'bulk'),
  on_match_conflict: fc.constantFrom('reject', 'create'),
  fields: fc.subarray(['title', 'phone', 'stage', 'owner', 'list']),
});

const world = fc.record({
  stream,
  /** Whom Apollo has. */
  held: persons,
  /** Rows of an earlier run. */
  before: fc.oneof(fc.constant<Person[]>([]), persons),
  rows: persons,
  /** What somebody changes at Apollo before the inventory. */
  edits: fc.array(fc.record({ at: fc.nat({ max: 200 }), title: maybe('edited', 'CTO'), isRenamed: fc.boolean() }), {
    maxLength: 4,
  }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const emailOf = ({ who, company, isFree }: Person): string =>
  isFree === 0 ? `person${who}@gmail.com` : `person${who}@company${company}.example`;

const heldOf =
  (object: string) =>
  (one: Person, i: number): Readonly<Record<string, unknown>> => {
    const filled = { id: idOf(i + 1), created_at: Date.UTC(2025, 0, 1) + i * 1000 };
    const stage = one.stage === null ? {} : { contact_stage_id: one.stage };
    if (object === 'accounts') {
      return { ...filled, domain: `company${one.who}.example`, name: `Company ${one.name}`, raw_address: one.title };
    }
    return {
      ...filled,
      email: emailOf(one),
      ...(one.alias < 4 && { contact_emails: [{ email: `alias${one.alias}@further.example`, position: 0 }] }),
      first_name: `First${one.name}`,
      last_name: 'Last',
      organization_name: `Company ${one.company}`,
      title: one.title,
      ...stage,
    };
  };

const rowOf =
  (object: string) =>
  (one: Person): TestRow => {
    const common = { phone: one.phone, owner_id: one.owner, lists: one.list };
    if (object === 'accounts') {
      const stage = one.stage === null ? null : stages.accounts[stages.contacts.indexOf(one.stage)]!;
      const domain = `company${one.who}.example`;
      return { key: `r${one.who}`, domain, name: `Company ${one.name}`, raw_address: one.title, stage, ...common };
    }
    return {
      key: `r${one.who}`,
      email: one.alias === 5 ? `alias${one.name}@further.example` : emailOf(one),
      first_name: `First${one.name}`,
      last_name: 'Last',
      organization_name: `Company ${one.company}`,
      title: one.title,
      stage: one.stage,
      ...common,
    };
  };

/** A table names each of its rows once. */
const tableOf = (object: string, people: readonly Person[]): TestRow[] => [
  ...new Map(people.map(rowOf(object)).map((row) => [row['key'], row])).values(),
];

const targets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  contacts: { title: 'title', phone: 'mobile_phone', stage: 'contact_stage_id', owner: 'owner_id', list: 'lists' },
  accounts: { title: 'raw_address', phone: 'phone', stage: 'account_stage_id', owner: 'owner_id', list: 'lists' },
};
const sources: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  contacts: { title: 'title', phone: 'phone', stage: 'stage', owner: 'owner_id', list: 'lists' },
  accounts: { title: 'raw_address', phone: 'phone', stage: 'stage', owner: 'owner_id', list: 'lists' },
};

function streamOf({ fields: all, on_match_conflict, ...more }: World['stream']): Readonly<Record<string, unknown>> {
  const { object } = more;
  // A search does not show the address of an account, so that no inventory knows whether that is blank.
  const isUnseen = object === 'accounts' && more.on_existing === 'fill_blanks';
  const fields = isUnseen ? all.filter((name) => name !== 'title') : all;
  const keys = object === 'contacts' ? ['email', 'first_name', 'last_name', 'organization_name'] : ['domain', 'name'];
  return {
    ...more,
    ...(object === 'accounts' && { on_match_conflict }),
    primary_key: 'key',
    mapping: [
      ...keys.map((name) => ({ to: name, from: name })),
      ...fields.map((name) => ({ to: targets[object]![name]!, from: sources[object]![name]! })),
    ],
  };
}

const everyColumn = [
  ...['key', 'email', 'first_name', 'last_name', 'organization_name', 'title', 'stage', 'phone', 'owner_id', 'lists'],
  ...['domain', 'name', 'raw_address'],
];
const counted = ['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected', 'deferred'] as const;

async function play({ stream, held, before, rows, edits }: World) {
  const { object } = stream;
  const clock = new EmulatorClock();
  const emulator = await startEmulator({
    clock,
    plan: 'unlimited',
    data: { [object]: held.map(heldOf(object)) },
  });
  const runOf = (people: readonly Person[]): OneRun => ({
    stream: { name: 'rows', table: 'rows', ...streamOf(stream) },
    rows: tableOf(object, people),
    columns: everyColumn,
  });
  try {
    clock.advance(60_000);
    const first = await synced(emulator, runOf(before));
    clock.advance(60_000);
    const there = [...emulator.store[object as 'contacts'].values()];
    for (const { at, title, isRenamed } of there.length === 0 ? [] : edits) {
      const { id } = there[at % there.length]!;
      const key = object === 'contacts' ? { email: `renamed${id}@else.example` } : { domain: `renamed${id}.example` };
      const field = object === 'contacts' ? { title: title ?? '' } : { raw_address: title ?? '' };
      emulator.edit({ [object]: [{ id, ...field, ...(isRenamed && key) }] });
    }
    clock.advance(60_000);
    const mirror = await wholeMirror(emulator, runOf([]).stream, first.known);
    const { calls, streams } = await previewed(emulator, runOf(rows), first.known, mirror);
    const { calls: made, report } = await synced(emulator, runOf(rows), first.known);
    const said = streams[0]!;
    expect({
      apart: Object.entries(calls).filter(([, { min, max }]) => min !== max),
      unknown: said.unknown,
      calls: Object.fromEntries(Object.entries(calls).map(([request, { max }]) => [request, max])),
      counts: [said.new.max, said.changed.max, ...counted.slice(2).map((name) => said[name as 'unchanged'])],
      codes: said.reject_codes,
    }).toEqual({
      apart: [],
      unknown: 0,
      calls: made,
      counts: counted.map((name) => report[name]),
      codes: report.reject_codes,
    });
  } finally {
    await emulator.close();
  }
}

sweep(
  'with an inventory, a preview says the numbers and the calls of the run, to the row',
  { few: 8, some: 60, many: 1_000 },
  (numRuns) => fc.assert(fc.asyncProperty(world, play), { numRuns }),
);
