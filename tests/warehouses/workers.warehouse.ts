import { afterEach, expect, onTestFinished, test } from 'vitest';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { newSchema, psql, storeIn } from './support.ts';
import { type WorkerEnd, Workers } from './workers.ts';

const people = (stream: string, count = 120) =>
  Array.from({ length: count }, (_, n) => ({
    id: `${n}`,
    email: `p${n}@${stream}.example`,
    first_name: `P${n}`,
    company: stream,
  }));

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const tables = Object.fromEntries(names.map((name) => [name, people(name)]));

/** An Apollo that answers the first of these many creations only when all of them have come. */
async function meeting(count: number) {
  let come = 0;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  return startApollo({
    onRequest: async ({ action }) => {
      if (action !== 'contacts/bulk_create') return;
      if (++come === count) meet();
      await met;
    },
  });
}

const streamsOf = ({ runs }: WorkerEnd): readonly string[] =>
  runs.flatMap(({ streams }) => streams.map(({ name }) => name));

afterEach(closeEmulators);

test('workers that take the streams that are free run each of them once, and one that comes later finds none', async () => {
  // Each stream takes two creations: both workers are at one when the first is answered.
  const emulator = await meeting(3);
  const schema = newSchema();
  const workers = await Workers.over(emulator, tables, { state: storeIn(schema) });
  const started = [workers.start('--stream', 'auto'), workers.start('--stream', 'auto')];
  const ended = await Promise.all(started.map(({ ended }) => ended));
  expect(ended.map(({ code, said }) => [code, code === 0 ? '' : said])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const taken = ended.map(streamsOf);
  expect(taken.map(({ length }) => length > 0)).toEqual([true, true]);
  expect(taken.flat().sort()).toEqual(names);
  expect(emulator.store.contacts.size).toBe(120 * names.length);
  expect(psql(`select status, count(*) from ${schema}.runs group by 1`)).toBe(`succeeded|${names.length}`);
  expect(psql(`select count(*) from ${schema}.leases`)).toBe('0');
  const again = await workers.start('--stream', 'auto').ended;
  expect([again.code, streamsOf(again)]).toEqual([0, names]);
});

test('what another run has is left to it, and a worker that finds nothing ends well', async () => {
  const emulator = await startApollo();
  const schema = newSchema();
  const workers = await Workers.over(emulator, tables, { state: storeIn(schema) });
  const lease = (stream: string) =>
    `('${stream}', 'another', 'by hand', 'x', now() at time zone 'utc', now() at time zone 'utc' + interval '1 h')`;
  await workers.start('--stream', 'f').ended;
  psql(`insert into ${schema}.leases values ${names.slice(0, 4).map(lease).join(', ')}`);
  expect(streamsOf(await workers.start('--stream', 'auto').ended)).toEqual(['e', 'f']);
  psql(`insert into ${schema}.leases values ${names.slice(4).map(lease).join(', ')}`);
  const nothing = await workers.start('--stream', 'auto').ended;
  expect([nothing.code, nothing.runs]).toEqual([0, []]);
  expect(nothing.said).toContain('No stream is free');
  psql(`delete from ${schema}.leases where stream = 'c'`);
  expect(streamsOf(await workers.start('--stream', 'c').ended)).toEqual(['c']);
});

test.each([
  ['ahead', "+ interval '10 min'"],
  ['behind', "- interval '10 min'"],
])(
  'a machine whose clock is %s has run a stream when it has come to its end with it, and no earlier or later',
  async (_, shift) => {
    const emulator = await startApollo();
    const schema = newSchema();
    const workers = await Workers.over(emulator, tables, { state: storeIn(schema) });
    await workers.start('--stream', 'a').ended;
    psql(`update ${schema}.runs set finished_at = finished_at ${shift}`);
    psql(`create function ${schema}.shift() returns trigger language plpgsql as $$
      begin new.finished_at = new.finished_at ${shift}; return new; end $$;
    create trigger shift before insert on ${schema}.runs for each row execute function ${schema}.shift()`);
    const ended = await Promise.all([1, 2].map(() => workers.start('--stream', 'auto').ended));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(ended.flatMap(streamsOf).sort()).toEqual(names);
  },
);

test('a worker whose store cannot be reached ends as a run does, and its runs before that count', async () => {
  const schema = newSchema();
  let creates = 0;
  let lose = (): void => undefined;
  const emulator = await startApollo({
    onRequest: ({ action }) => {
      // The last creation of the second stream.
      if (action === 'contacts/bulk_create' && ++creates === 4) lose();
    },
  });
  const workers = await Workers.over(emulator, tables, { state: storeIn(schema) });
  const nowhere = await workers.start('--stream', 'auto', '--set', 'state.url=postgres://127.0.0.1:1/none').ended;
  expect([nowhere.code, nowhere.said]).toEqual([75, expect.stringContaining('[state_unreachable]')]);
  lose = () => psql('alter role keeper connection limit 0');
  onTestFinished(() => void psql('alter role keeper connection limit -1'));
  const { code, runs, said } = await workers.start('--stream', 'auto').ended;
  expect([code, runs.map(({ status }) => status)]).toEqual([75, expect.arrayContaining(['succeeded'])]);
  expect(said).toContain('[state_unreachable]');
});

test.each([
  [['--every', '1h'], /--stream auto .* does not go with --every/],
  [['--stream', 'a'], /does not go with another --stream/],
  [['--run-id', 'mine'], /does not go with --run-id/],
])('%j is about other runs than those of --stream auto', async (more, says) => {
  const workers = await Workers.over(await startApollo(), tables, { state: storeIn(newSchema()) });
  const { code, said } = await workers.start('--stream', 'auto', ...more).ended;
  expect([code, said]).toEqual([2, expect.stringMatching(says)]);
});

test('a store that one run has at a time has no streams to share', async () => {
  const workers = await Workers.over(await startApollo(), tables, { state: { type: 'none' } });
  const { code, said } = await workers.start('--stream', 'auto').ended;
  expect([code, said]).toEqual([2, expect.stringContaining('state.type: postgres')]);
});
