import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { copyStore } from '../../../../runtime/state/file/copy.ts';
import { closeEmulators, startApollo } from '../../../support/emulator.ts';
import { EmulatorClock } from '../../../support/emulator-clock.ts';
import { slow } from '../../../support/runs.ts';
import { Runs } from '../../../support/stateful.ts';

afterEach(closeEmulators);

const mapping = [
  { to: 'email', from: 'email' },
  { to: 'title', from: 'title' },
];
test('a store that only an inventory has written is not copied over', async () => {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const taken = async () => {
    const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', mapping } });
    await runs.inventory();
    return runs;
  };
  const [from, to] = [await taken(), await taken()];
  const copied = copyStore(from.state, to.state, { temporaryDirectory: from.folder, clock });
  await expect(copied).rejects.toMatchObject({ code: 'invalid_target' });
});

const rows = (title: string) => [
  { id: '1', email: 'ada@copy.example', title },
  { id: '2', email: 'bob@copy.example', title: 'CTO' },
];

test(
  'a copy of a store goes on where that was, with what can be undone; one that holds something is refused',
  slow,
  async () => {
    const clock = new EmulatorClock();
    const runs = new Runs(await startApollo({ clock }), { clock, stream: { primary_key: 'id', mapping } });
    await runs.sync(rows('CEO'));
    await runs.sync(rows('Chair'), { runId: 'second' });
    const [to, around] = [join(runs.folder, 'copy.duckdb'), { temporaryDirectory: runs.folder, clock }];
    const counts = await copyStore(runs.state, to, around);
    expect([counts['records'], counts['runs'], counts['changes']]).toEqual([2, 2, 1]);
    const there = { config: { state: { type: 'duckdb', path: to } } };
    const again = await runs.sync(rows('Chair'), there);
    expect([again.counts, again.calls]).toEqual([{ unchanged: 2 }, {}]);
    expect((await runs.sync(rows('Chair'), { ...there, undone: 'second' })).counts).toEqual({ updated: 1 });
    expect((await runs.sync(rows('Chair'))).counts).toEqual({ unchanged: 2 });
    await expect(copyStore(runs.state, to, around)).rejects.toMatchObject({ code: 'invalid_target' });
    await expect(copyStore(join(runs.folder, 'none'), to, around)).rejects.toMatchObject({ code: 'no_state' });
  },
);
