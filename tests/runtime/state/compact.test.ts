import { copyFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Settled } from '../../../runtime/contract/record.ts';
import { WorkDatabase } from '../../../runtime/duckdb/work-database.ts';
import { compact, compactLarge } from '../../../runtime/state/compact.ts';
import { sweep } from '../../support/runs.ts';
import { temporaryFolder } from '../source/support.ts';
import { killed, place, settled } from './stores.ts';
import { sqlOn } from './support.ts';

type Compaction = (work: WorkDatabase, connection: Awaited<ReturnType<WorkDatabase['connect']>>) => Promise<void>;

/** What a store holds once its journal was compacted so. */
async function compacted(path: string, how: Compaction) {
  const copy = `${path}.${how.name}`;
  await copyFile(path, copy);
  const work = await WorkDatabase.open({ temporaryDirectory: await temporaryFolder() });
  await work.attachBeside(copy, 'state/', { readOnly: false });
  await how(work, await work.connect());
  await work.close();
  const all = (table: string) => sqlOn(copy, `select * from ${table} order by all`);
  return { records: await all('records'), outcomes: await all('outcomes'), journal: await all('journal') };
}

const whole: Compaction = async function whole(_, connection) {
  await compact(connection);
};

/** As where only so many entries go into memory. */
const inParts = (entries: number): Compaction =>
  async function parts(_, connection) {
    const commits = {
      read: <T>(ask: () => Promise<T>) => ask(),
      transact: async (statements: () => Promise<void>) => {
        await connection.run('begin');
        await statements();
        await connection.run('commit');
      },
    };
    await compactLarge(connection, commits, { memoryBytes: 512 * entries });
    await compact(connection);
  };

const entry = fc.record({
  key: fc.constantFrom('1', '2', '3', '4'),
  outcome: fc.constantFrom<Settled['outcome']>(
    { status: 'created', id: 'a' },
    { status: 'updated', id: 'a' },
    { status: 'unchanged', id: 'a' },
    { status: 'superseded' },
    { status: 'rejected', rejection: { code: 'invalid_value', message: 'no' } },
  ),
  title: fc.constantFrom('CEO', 'CTO'),
});

sweep(
  'a journal that is compacted in parts leaves what one does that is compacted as a whole',
  { few: 4, some: 30, many: 200 },
  (runs) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(entry, { maxLength: 14 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (days, entries) => {
          const { path } = await place();
          for (const day of days) {
            await killed(path, async (stream) => {
              for (const { key, outcome, title } of day)
                await stream.record([settled(key, { known: {}, outcome, values: { title } })]);
            });
          }
          expect(await compacted(path, inParts(entries))).toEqual(await compacted(path, whole));
        },
      ),
      { numRuns: runs },
    ),
);

test('more outcomes of a row than are kept are the last ones, in parts as well', async () => {
  const { path } = await place();
  await killed(path, async (stream) => {
    for (let n = 0; n < 14; n++)
      await stream.record([settled('1', { known: {}, outcome: { status: 'updated', id: `a${n}` } })]);
  });
  const found = await compacted(path, inParts(3));
  expect(found).toEqual(await compacted(path, whole));
  expect([found.records.length, found.outcomes.length, found.journal.length]).toEqual([1, 10, 0]);
});
