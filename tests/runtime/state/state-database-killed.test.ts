import { describe, expect, test } from 'vitest';
import type { StreamState } from '../../../runtime/state/stream/stream-state.ts';
import { killed, next, now, place, settled } from './stores.ts';
import { sqlOn } from './support.ts';

const confirmed = { confirmedFrom: expect.any(Number), confirmedAt: expect.any(Number) };

describe('after a run that was killed', () => {
  test('its outcomes are in `records`, the last of a row alone', async () => {
    const { path } = await place();
    await killed(path, async (stream) => {
      await stream.record([settled('1')]);
      await stream.record([settled('1', { known: {}, values: { title: 'CEO' } }), settled('2', { known: {} })]);
    });
    expect(await next(path, (stream) => stream.recall(['1', '2', '3']))).toEqual(
      new Map([
        ['1', expect.objectContaining({ id: 'apollo-1', values: { title: 'CEO' } })],
        ['2', expect.objectContaining({ id: 'apollo-2' })],
      ]),
    );
    expect(
      await sqlOn(path, 'select (select count(*)::int from records) as r, (select count(*)::int from journal) as j'),
    ).toEqual([{ r: 2, j: 0 }]);
  });

  test('it stands as interrupted', async () => {
    const { path } = await place();
    await killed(path, async () => undefined);
    await next(path, async () => undefined);
    expect(await sqlOn(path, 'select run_id, status from runs order by all')).toEqual([
      { run_id: expect.stringMatching(/^killed /), status: 'interrupted' },
      { run_id: expect.stringMatching(/^next /), status: 'running' },
    ]);
  });

  test('what it was about to create is known until it has an outcome', async () => {
    const { path } = await place();
    await killed(path, async (stream) => {
      expect(
        await stream.intend([
          { primaryKey: '1', fingerprint: 'f', creates: true },
          { primaryKey: '2', fingerprint: 'g', creates: true },
        ]),
      ).toBe(now);
      await stream.record([settled('2')]);
    });
    await next(path, async (stream, state) => {
      expect([stream.intended('1'), stream.intended('2')]).toEqual([{ fingerprint: 'f', at: now }, undefined]);
      await stream.record([settled('1')]);
      await state.finish();
    });
    await next(path, async (stream) => expect(stream.intended('1')).toBeUndefined());
  });

  test('what it was about to create of the last of two rows with one primary key does not end with the first', async () => {
    const { path } = await place();
    await killed(path, async (stream) => {
      await stream.intend([{ primaryKey: '1', fingerprint: 'f', creates: true }]);
      await stream.record([settled('1', { outcome: { status: 'superseded' }, repeated: true })]);
    });
    await next(path, async (stream) => expect(stream.intended('1')).toEqual({ fingerprint: 'f', at: now }));
  });

  test('a deferred outcome with the id that it learned ends the intent; that the record is not finished is kept', async () => {
    const { path } = await place();
    await killed(path, async (stream) => {
      await stream.intend([{ primaryKey: '1', fingerprint: 'f', creates: true }]);
      const outcome = { status: 'deferred', code: 'run_stopped', message: '' } as const;
      await stream.record([settled('1', { outcome, unfinished: true })]);
    });
    await next(path, async (stream) => {
      expect(stream.intended('1')).toBeUndefined();
      expect((await stream.recall(['1'])).get('1')).toEqual({
        ...confirmed,
        id: 'apollo-1',
        matchKey: 'email:1',
        outcome: 'deferred',
        unfinished: true,
        version: 'v1',
        values: { title: 'CTO' },
      });
    });
  });

  test('what it was about to change, and surely did not send, is known as it was', async () => {
    const { path } = await place();
    await killed(path, (stream) => stream.record([settled('1')]));
    await killed(path, async (stream) => {
      await stream.intend([{ primaryKey: '1', fingerprint: 'f', creates: false }]);
      const outcome = { status: 'deferred', code: 'quota_exhausted', message: '' } as const;
      await stream.record([
        settled('1', { known: { id: 'apollo-1', values: { title: 'CTO' } }, outcome, isUnsent: true }),
      ]);
    });
    await next(path, async (stream) => {
      expect((await stream.recall(['1'])).get('1')).toMatchObject({ rowHash: '7', values: { title: 'CTO' } });
    });
  });

  test('what it was about to change is known by its id only', async () => {
    const { path } = await place();
    await killed(path, (stream) => stream.record([settled('1'), settled('2')]));
    await killed(path, async (stream) => {
      await stream.intend([{ primaryKey: '1', fingerprint: 'f', creates: false }]);
    });
    await next(path, async (stream) => {
      const known = await stream.recall(['1', '2']);
      expect(known.get('1')).toEqual({
        ...confirmed,
        id: 'apollo-1',
        matchKey: 'email:1',
        outcome: 'created',
        version: 'v1',
      });
      expect(known.get('2')).toMatchObject({ rowHash: '7', values: { title: 'CTO' } });
    });
  });
});

test('places go on after those that stand in the store, though the clock was set back', async () => {
  const { path } = await place();
  const written = (key: string) => (stream: StreamState) => stream.record([settled(key)]);
  await killed(path, written('1'));
  await sqlOn(path, 'update records set place = place + 3600000000');
  await killed(path, written('2'));
  const rows = await sqlOn(path, 'select primary_key from records order by place');
  expect(rows).toEqual([{ primary_key: '1' }, { primary_key: '2' }]);
});

test('a stream knows nothing of another, whatever its name', async () => {
  const { path } = await place();
  await killed(path, (stream) => stream.record([settled('1')]));
  await next(path, async (_, state) => {
    const other = await state.stream({ stream: `people' or '1' = '1`, version: 'v1', idsOnly: false });
    expect(await other.recall(['1'])).toEqual(new Map());
  });
});
