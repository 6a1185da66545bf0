import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { isNightly, sweep } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';

/** One of four people, whom Apollo has under an old address; a row has that, or one of two others. */
const row = fc.record({
  key: fc.integer({ min: 0, max: 5 }),
  who: fc.integer({ min: 0, max: 3 }),
  host: fc.constantFrom('old', 'new', 'new', 'other'),
  title: fc.constantFrom('CTO', 'CEO'),
  decision: fc.constantFrom('', '', 'same_person', 'same_person', 'new_person', 'skip', 'fill_blanks'),
});
const fault = fc.record({
  nth: fc.integer({ min: 1, max: 6 }),
  kind: fc.constantFrom('applied-then-drop', 'drop', 'applied-then-status', 'truncated'),
});
const day = fc.record({
  rows: fc.uniqueArray(row, { minLength: 1, maxLength: 5, selector: ({ key }) => key }),
  edited: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  faults: fc.array(fault, { maxLength: 1 }),
  killedAt: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
});
const world = fc.record({
  on_existing: fc.constantFrom('update', 'fill_blanks'),
  isColumn: fc.boolean(),
  days: fc.array(day, { minLength: 2, maxLength: 4 }),
});

type Of<T> = T extends fc.Arbitrary<infer U> ? U : never;
type Row = Of<typeof row>;

const person = (who: number, host: string) => ({
  email: `p${who}@${host}.example`,
  first_name: `First${who}`,
  last_name: `Last${who}`,
  organization_name: 'Acme',
});
const mapping = ['email', 'first_name', 'last_name', 'organization_name', 'title'].map((to) => ({ to, from: to }));

interface Seen {
  readonly email: string | null;
  readonly title: string | null;
}

const seen = ({ store }: Emulator): ReadonlyMap<string, Seen> =>
  new Map([...store.contacts.values()].map(({ id, email, title }) => [id, { email, title }]));

/** By row: the record that it has. */
async function held(runs: Runs): Promise<ReadonlyMap<string, string>> {
  const found = await runs
    .query(
      `select primary_key, destination_id from records where stream = 'rows' and destination_id is not null
       and outcome not in ('superseded', 'removed')`,
    )
    .catch(() => []);
  return new Map(found.map(({ primary_key, destination_id }) => [String(primary_key), String(destination_id)]));
}

/** For whom a record was in the way, as rejections have said. */
async function named(runs: Runs): Promise<ReadonlySet<string>> {
  const found = await runs.query('select distinct primary_key, destination_id from rejects').catch(() => []);
  return new Set(found.map(({ primary_key, destination_id }) => `${primary_key} ${destination_id}`));
}

/** Plays one run, and holds what it has changed against whose record each one was. */
async function judged(
  emulator: Emulator,
  runs: Runs,
  rows: readonly Row[],
  run: () => Promise<unknown>,
): Promise<void> {
  const [before, owned, shown] = [seen(emulator), await held(runs), await named(runs)];
  await run();
  for (const [id, { email, title }] of seen(emulator)) {
    const was = before.get(id);
    if (was === undefined || (was.email === email && was.title === title)) continue;
    const writers = rows.filter(({ who, host }) => person(who, host).email === email);
    const mayWrite = ({ key, who, host, decision }: Row): boolean =>
      owned.get(String(key)) === id ||
      person(who, host).email === was.email ||
      (decision === 'same_person' && shown.has(`${key} ${id}`));
    expect({
      id,
      was,
      email,
      mayWrite: writers.some(mayWrite) || rows.some((one) => owned.get(String(one.key)) === id),
    }).toEqual({ id, was, email, mayWrite: true });
  }
}

async function play({ on_existing, isColumn, days }: Of<typeof world>): Promise<void> {
  const clock = new EmulatorClock();
  const contacts = [0, 1, 2, 3].map((who) => person(who, 'old'));
  const emulator = await startEmulator({ plan: 'unlimited', clock, data: { contacts } });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', mapping, on_existing } });
  const file = join(runs.folder, 'decisions.csv');
  const stream = { decisions: isColumn ? { column: 'decision' } : file, max_rekeyed_percent: 100 };
  try {
    for (const { rows, edited, faults, killedAt } of days) {
      clock.advance(24 * 3_600_000);
      const contact = edited === undefined ? undefined : [...emulator.store.contacts.values()][edited];
      if (contact)
        emulator.store.contacts.change(contact, { title: `Edited ${clock.now()}`, updated_at: clock.now() } as never);
      writeFileSync(file, ['id,decision', ...rows.map(({ key, decision }) => `${key},${decision}`), ''].join('\n'));
      const source = rows.map(({ key, who, host, title, decision }) => ({
        ...{ id: String(key), ...person(who, host), title },
        decision: decision || null,
      }));
      emulator.addTrouble(faults.map(({ nth, kind }) => ({ match: { nth }, fault: { kind } })));
      const config = { retries: { max_retries: 0 } };
      const killed = killedAt === undefined ? {} : killedState(killedAt);
      await judged(emulator, runs, rows, () => runs.sync(source, { stream, config, ...killed }));
      emulator.clearTrouble();
      await judged(emulator, runs, rows, async () => {
        const { status, cause, counts } = await runs.sync(source, { stream });
        expect({ status, cause }).toEqual({ status: expect.stringMatching('succeeded|rejected'), cause: undefined });
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
      });
      const ids = [...(await held(runs))].filter(([key]) => rows.some((one) => String(one.key) === key));
      expect(new Set(ids.map(([, id]) => id)).size).toBe(ids.length);
      const emails = [...seen(emulator).values()].map(({ email }) => email);
      expect(emails.filter((email, i) => emails.indexOf(email) !== i)).toEqual([]);
    }
  } finally {
    await emulator.close();
  }
}

sweep(
  'whatever is decided, no run writes to a record that is not its row’s or was named to it, and none is made twice',
  { few: 1, some: 30, many: 400 },
  (numRuns) => fc.assert(fc.asyncProperty(world, play), { numRuns, endOnFailure: isNightly }),
);
