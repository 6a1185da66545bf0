import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { type Corner, dirtyWorkload } from './dirty-workload.ts';

/**
 * What the program decides, written down: of 24 seeded workloads, the outcome of each row on each of two days, and a digest of
 * each request. A change that only makes it faster or tidier leaves the snapshot as it is; one that means to decide otherwise
 * writes it again (`vitest -u`). `SENT=folder` writes the requests there in full, so that two versions can be compared.
 */
interface Case extends Corner {
  readonly hasStore: boolean;
  readonly seed: number;
}

const { SENT } = process.env;
const DAY_MS = 86_400_000;
const objects = ['contacts', 'accounts'] as const;

// A run with a store costs several times one without; a mirror needs one.
const withoutStore = (['upsert', 'upsert', 'insert', 'update'] as const).map((mode) => ({ mode, hasStore: false }));
const withStore = (['upsert', 'mirror', 'insert', 'update'] as const).map((mode) => ({ mode, hasStore: true }));

const cases: readonly Case[] = objects
  .flatMap((object) => [
    ...withoutStore.flatMap((one) => [false, true].map((hasTrouble) => ({ object, ...one, hasTrouble }))),
    ...withStore.map((one, n) => ({ object, ...one, hasTrouble: (n % 2 === 1) === (object === 'contacts') })),
  ])
  .map((one, seed) => ({ ...one, seed }));

const nameOf = ({ seed, object, mode, hasStore, hasTrouble }: Case): string =>
  [seed, mode, object, hasStore && 'with a store', hasTrouble && 'with faults']
    .filter((part) => part !== false)
    .join(' ');

/** What became of a row: its key or place, and its outcome. */
type Ending = readonly [row: string, outcome: string];

interface Sent {
  readonly request: string;
  readonly body: string;
}

async function play({ hasStore, seed, ...corner }: Case) {
  const { stream, trouble, days, holds } = dirtyWorkload(corner, seed);
  const clock = new EmulatorClock();
  const sent: Sent[] = [];
  const emulator = await startApollo({
    clock,
    trouble,
    data: { [corner.object]: holds },
    onRequest: ({ method, path, body }) =>
      void sent.push({ request: `${method} ${path.replace('/api/v1/', '')}`, body: JSON.stringify(body) }),
  });
  // One request at a time, so that their order is that of the decisions.
  const config = { concurrency: 1 };
  const runs = new Runs(emulator, { clock, stream, config });
  const endings: (readonly Ending[])[] = [];
  for (const [day, rows] of days.entries()) {
    if (hasStore) {
      await runs.sync(rows, { runId: `day ${day}` });
      endings.push(await storedEndings(runs));
    } else {
      const { outcomes } = await deliverRows({ apollo: emulator, clock, rows, stream, config });
      endings.push(outcomes.map((outcome, place) => [String(place), outcome]));
    }
    clock.advance(DAY_MS);
  }
  return { endings, sent };
}

const storedEndings = async (runs: Runs): Promise<readonly Ending[]> =>
  (await runs.query('select primary_key, outcome, code from records order by primary_key')).map(
    ({ primary_key, outcome, code }) => [
      String(primary_key),
      [outcome, code].filter((part) => part !== null).join(' '),
    ],
  );

/** The words of each group, in one line. */
function grouped(pairs: readonly (readonly [word: string, group: string])[]): Readonly<Record<string, string>> {
  const groups = new Map<string, string[]>();
  for (const [word, group] of pairs) groups.set(group, [...(groups.get(group) ?? []), word]);
  return Object.fromEntries([...groups].map(([group, words]) => [group, words.join(' ')]));
}

const digestOf = ({ request, body }: Sent): string =>
  createHash('sha256').update(`${request} ${body}`).digest('hex').slice(0, 6);

/** Its method and path, without the id in it. */
const kindOf = ({ request }: Sent): string => request.replace(/[0-9a-f]{24}/g, '{id}');

sweepOver(
  cases.map((one) => [nameOf(one), one] as const),
  6,
)('workload %s is decided as it was', async (name, one) => {
  const { endings, sent } = await play(one);
  if (SENT !== undefined)
    writeFileSync(join(SENT, name), sent.map(({ request, body }) => `${request} ${body}\n`).join(''));
  expect({
    rows: endings.map((day) => grouped(day)),
    requests: grouped(sent.map((each) => [digestOf(each), kindOf(each)])),
  }).toMatchSnapshot();
});
