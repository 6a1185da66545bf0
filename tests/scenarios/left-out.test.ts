import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { refusal, runPreview, runSync } from '../support/run.ts';

const rows = [{ email: 'ann@left.example' }];
const streams = [{ name: 'first' }, { name: 'second', enabled: false }];
const tables = { first: rows, second: [{ email: 'bo@left.example' }] };

test('a stream that is not enabled is left out, and a run says so', async () => {
  const apollo = await startApollo();
  const { summary, told, exit } = await runSync({ apollo, tables, streams });
  expect([exit, summary.streams.map(({ name }) => name)]).toEqual([0, ['first']]);
  expect(told.join()).toContain(
    'streams[1].enabled is false: second is left out. --stream second --enable runs it once.',
  );
  expect([...apollo.store.contacts.values()].map(({ email }) => email)).toEqual(['ann@left.example']);
  expect((await runPreview({ apollo, tables, streams })).streams.map(({ name }) => name)).toEqual(['first']);
});

test('it runs only where it is named and enabled for the run', async () => {
  const apollo = await startApollo();
  const setup = { apollo, tables, streams, only: ['second'] };
  expect(await refusal(setup)).toMatchObject({
    exit: 2,
    message: expect.stringContaining('streams[1].enabled is false. Say --enable'),
  });
  expect(apollo.store.contacts.size).toBe(0);
  const { summary } = await runSync({ ...setup, enable: true });
  expect(summary.streams).toMatchObject([{ name: 'second', created: 1 }]);
  expect(await refusal({ ...setup, only: ['secnd'] })).toMatchObject({
    exit: 2,
    message: expect.stringContaining('no such stream'),
  });
});

test('a run of which every stream is left out sends nothing, and succeeds', async () => {
  const apollo = await startApollo();
  const { exit, summary } = await runSync({
    apollo,
    tables: { second: rows },
    streams: [{ name: 'second', enabled: false }],
  });
  expect([exit, summary.streams, apollo.store.contacts.size]).toEqual([0, [], 0]);
});

test('a run of which every row is rejected ends so, and one of which one row is taken does not', async () => {
  const apollo = await startApollo();
  const bad = [{ email: 'nonsense' }, { email: 'more nonsense' }];
  expect(await runSync({ apollo, rows: bad })).toMatchObject({ exit: 3, status: 'rejected' });
  expect(await runSync({ apollo, rows: [...bad, ...rows] })).toMatchObject({ exit: 0, status: 'succeeded' });
});
