import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { sweep, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const day = 24 * 3_600_000;
const BAD = 'no address';
const mapping = ['email', 'first_name', 'title'].map((name) => ({ to: name, from: name }));

/** What names the rows: a table whose keys SQL knows, queries whose keys are cast, one of which SQL cannot know, and nothing. */
const namings = {
  'a key': { primary_key: 'id' },
  'a key that is cast to text': {
    primary_key: 'id',
    table: undefined,
    query: `select * replace (id::varchar as id) from rows`,
  },
  'a key that is cast to a double': {
    primary_key: 'id',
    table: undefined,
    query: `select * replace (id::double as id) from rows`,
  },
  'the address': {},
} as const;
type Naming = keyof typeof namings;

interface Fate {
  readonly outcome: string;
  readonly calls: readonly string[];
  /** The same, if Apollo has the record already. */
  readonly if_there?: Fate;
}

/** What explained rows may come to: only Apollo can tell whether it has the record of one that is looked for. */
const waysOf = (fates: readonly (readonly [string, Fate])[]): readonly ReadonlyMap<string, Fate>[] =>
  fates.reduce<readonly ReadonlyMap<string, Fate>[]>(
    (ways, [name, fate]) =>
      ways.flatMap((way) =>
        [fate, ...(fate.if_there ? [fate.if_there] : [])].map((one) => new Map([...way, [name, one]])),
      ),
    [new Map()],
  );

/** Runs whose next one is explained, row by row, before it is made. */
async function explainedRuns(naming: Naming) {
  const clock = new EmulatorClock();
  const runs = new Runs(await startApollo({ clock }), { clock, stream: { mapping, ...namings[naming] } });
  const ask = askOf(runs, clock);
  const nameOf = ({ id, email }: TestRow): string | undefined => {
    if (naming !== 'the address') return String(id);
    return email === BAD ? undefined : String(email);
  };
  /** Of rows with one name the last counts, whether or not the name is an address. */
  const keyOf = (row: TestRow): string => nameOf(row) ?? String(row['email']);
  /** By the primary key of each row; a row that has none is explained by none. */
  const explained = async (rows: readonly TestRow[]): Promise<ReadonlyMap<string, Fate>> => {
    const fates = new Map<string, Fate>();
    for (const name of new Set(rows.flatMap((row) => nameOf(row) ?? []))) {
      const { json } = await ask({ name: 'explain', stream: 'rows', key: name }, rows);
      fates.set(name, json[0]!['next_run'] as Fate);
    }
    return fates;
  };
  /** Explains the rows of a run, makes it, and compares what was said with what it did. */
  const kept = async (rows: readonly TestRow[]): Promise<readonly string[]> => {
    const fates = await explained(rows);
    const ended = await runs.sync(rows);
    clock.advance(day);
    const said = waysOf([...fates]).map((way) => {
      const counts: Record<string, number> = {};
      for (const [at, row] of rows.entries()) {
        const name = nameOf(row);
        const isRepeated = rows.slice(at + 1).some((later) => keyOf(later) === keyOf(row));
        const outcome = isRepeated ? 'superseded' : name === undefined ? 'rejected' : way.get(name)!.outcome;
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
      return { counts, calls: [...new Set([...way.values()].flatMap(({ calls }) => calls))].sort() };
    });
    expect(said).toContainEqual({ counts: ended.counts, calls: Object.keys(ended.calls).sort() });
    return [...fates.values()].map(({ outcome, calls }) => [outcome, ...calls].join(' '));
  };
  return { runs, kept };
}

const row = (id: number, more: TestRow = {}): TestRow => ({
  id,
  email: `p${id}@company.example`,
  first_name: `Ann ${id}`,
  title: 'CTO',
  ...more,
});

sweepOver(Object.keys(namings) as Naming[])(
  'explain says of rows that are named by %s what the next run does with one that was created, updated, repaired or left alone by the last',
  async (naming) => {
    const { runs, kept } = await explainedRuns(naming);
    const bad = row(4, { email: BAD });
    await runs.sync([row(1), row(2), row(3, { email: BAD }), bad]);
    const rows = [row(1), row(2, { title: 'CEO' }), row(3), bad];
    expect((await runs.sync(rows)).counts).toEqual({ unchanged: 1, updated: 1, created: 1, rejected: 1 });
    const others = naming === 'the address' ? [] : ['rejected'];
    expect(await kept(rows)).toEqual(['unchanged', 'unchanged', 'unchanged', ...others]);
  },
);

const days = fc.array(
  fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 4 }),
      email: fc.constantFrom('own', 'own', 'own', 'other', 'first', BAD),
      title: fc.constantFrom('CTO', 'CEO'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 2 },
);

sweep('explain says of any rows what the next run does with them', { few: 1, some: 2, many: 200 }, (numRuns) =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(...(Object.keys(namings) as Naming[])), days, async (naming, history) => {
      const { runs, kept } = await explainedRuns(naming);
      try {
        await runs.sync([row(1), row(2), row(3, { email: BAD })]);
        for (const rows of history) {
          await kept(
            rows.map(({ id, email, title }) => {
              const own = {
                own: `p${id}@company.example`,
                other: `q${id}@company.example`,
                first: 'p1@company.example',
              };
              return row(id, { email: own[email as keyof typeof own] ?? BAD, title });
            }),
          );
        }
      } finally {
        rmSync(runs.folder, { recursive: true, force: true });
      }
    }),
    { numRuns },
  ),
);
