import { describe, expect, test } from 'vitest';
import { ids, insert, people, row, World } from './world.ts';

const rejection = { code: 'apollo_rejected', message: 'no', attempts: 1 } as const;

/** Four rows that are known, of which the first was rejected: it is looked at in every run. */
async function oneRejected(): Promise<World> {
  const world = await World.with(people, insert(row(1), row(2, 'CFO'), row(3, 'COO'), row(4)));
  const rejected = { outcome: { status: 'rejected', rejection } } as const;
  await world.sync({}, ({ position }) => (position === 0 ? rejected : {}));
  return world;
}

/** What a run would hand out, as unchanged and as gone. */
async function found(world: World, ...changes: string[]) {
  if (changes.length > 0) await world.change(...changes);
  const { rows, unchanged, removed } = await world.look();
  return [ids(rows), unchanged, removed];
}

describe('where nothing but a rejected row is looked at', () => {
  test('that one is handed out alone', async () => {
    expect(await found(await oneRejected())).toEqual([['1'], { created: 3 }, 0]);
  });

  test('a change of it is found', async () => {
    const world = await oneRejected();
    expect(await found(world, `update people set title = 'CEO' where id = '1'`)).toEqual([['1'], { created: 3 }, 0]);
  });

  test('it may be gone, alone', async () => {
    expect(await found(await oneRejected(), `delete from people where id = '1'`)).toEqual([[], { created: 3 }, 1]);
  });

  test('a row without a name in its place is handed out', async () => {
    const replaced = [`delete from people where id = '1'`, `insert into people values (null, 'n@x.example', 't', '')`];
    expect(await found(await oneRejected(), ...replaced)).toEqual([[''], { created: 3 }, 1]);
  });

  test('it may stand there twice', async () => {
    expect(await found(await oneRejected(), insert(row(1)))).toEqual([['1 superseded', '1'], { created: 3 }, 0]);
  });
});

describe('where as many rows come as are known', () => {
  test('two that have swapped their values are both handed out', async () => {
    const swapped = `update people set title = case id when '2' then 'COO' else 'CFO' end where id in ('2', '3')`;
    expect(await found(await oneRejected(), swapped)).toEqual([['1', '2', '3'], { created: 1 }, 0]);
  });

  test('one that has taken the name of another is found', async () => {
    const world = await World.with(people, insert(row(1), row(2)));
    await world.sync();
    expect(await found(world, `update people set id = '3' where id = '2'`)).toEqual([['3'], { created: 1 }, 0]);
  });

  test('two that have swapped their names, which are no values, are both handed out', async () => {
    const options = { columns: ['email', 'title'] };
    const world = await World.with(people, insert(row(1), row(2), row(3)));
    await world.sync(options);
    await world.change(`update people set id = case id when '1' then '2' else '1' end where id in ('1', '2')`);
    expect(ids((await world.look(options)).rows)).toEqual(['2', '1']);
  });

  test('one that stands there twice hides none that is gone', async () => {
    const world = await World.with(people, insert(row(1), row(2)));
    await world.sync();
    const repeated = [`delete from people where id = '2'`, insert(row(1))];
    expect(await found(world, ...repeated)).toEqual([['1 superseded', '1'], {}, 1]);
  });
});

test('a store of rejected rows alone, and an empty source, are compared', async () => {
  const world = await World.with(people, insert(row(1)));
  await world.sync({}, () => ({ outcome: { status: 'rejected', rejection } }));
  expect(await found(world)).toEqual([['1'], {}, 0]);
  expect(await found(world, 'delete from people')).toEqual([[], {}, 1]);
});
