import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import type { Row, SourceRow } from '../../../../runtime/contract/record.ts';
import { slow, sweepOver } from '../../../support/runs.ts';
import { look, openState, remember, sqlOn } from '../../state/support.ts';
import { opened, temporaryFolder } from '../support.ts';
import { ids, insert, people, row, World } from './world.ts';

describe('a first look', () => {
  test('hands out every row, with nothing known and the hash of its columns', async () => {
    const world = await World.with(people, insert(row(1), row(2)));
    const { rows, unchanged } = await world.look();
    expect(rows.map(({ known }) => known)).toEqual([null, null]);
    expect(rows.every(({ rowHash }) => /^\d+$/.test(rowHash ?? ''))).toBe(true);
    expect(unchanged).toEqual({});
  });

  test('takes the last row of a primary key, whatever its match key', async () => {
    const world = await World.with(people, insert(row(1, 'old', 'a@x.example'), row(2), row(1, 'new', 'b@x.example')));
    const { rows } = await world.sync();
    expect(ids(rows)).toEqual(['1 superseded', '2', '1']);
    expect(await sqlOn(world.state, 'select primary_key, match_key from records order by all')).toEqual([
      { primary_key: '1', match_key: 'email:b@x.example' },
      { primary_key: '2', match_key: 'email:p2@acme.example' },
    ]);
    const again = await world.look();
    expect([ids(again.rows), again.unchanged]).toEqual([['1 superseded', '1'], { created: 1 }]);
  });
});

describe.each([
  ['a table', { table: 'people' }],
  ['a query', { query: 'select * from people' }],
])('a later look at %s', (_, relation) => {
  test('hands out nothing where nothing has changed, and counts by the outcome there was', async () => {
    const world = await World.with(people, insert(row(1), row(2), row(3)));
    await world.sync({ relation }, ({ position }) =>
      position === 2 ? { outcome: { status: 'skipped', id: 'a' } } : {},
    );
    const { rows, unchanged } = await world.look({ relation });
    expect([ids(rows), unchanged]).toEqual([[], { created: 2, skipped: 1 }]);
  });

  test('hands out what is new and what has changed, with what is known, and tells what is gone', async () => {
    const world = await World.with(people, insert(row(1), row(2), row(3)));
    await world.sync({ relation });
    await world.change(
      `delete from people where id = '1'`,
      `update people set title = 'CEO' where id = '2'`,
      insert(row(4)),
    );
    const { rows, unchanged, removed } = await world.look({ relation });
    expect([ids(rows).sort(), unchanged, removed]).toEqual([['2', '4'], { created: 1 }, 1]);
    const [changed] = rows.filter(({ known }) => known !== null);
    expect(changed?.known).toMatchObject({
      id: 'apollo-2',
      outcome: 'created',
      version: 'v1',
      values: { title: 'CTO' },
    });
  });

  test('sees no change in a column that is not read, and every row in another version', async () => {
    const world = await World.with(people, insert(row(1)));
    await world.sync({ relation });
    await world.change(`update people set other = 'y'`);
    expect((await world.look({ relation })).rows).toEqual([]);
    expect(ids((await world.look({ relation, version: 'v2' })).rows)).toEqual(['1']);
  });
});

test('a row whose record another row has is handed out where that one has changed, or has gone', async () => {
  const world = await World.with(people, insert(row(1), row(2), row(3)));
  await world.sync({}, ({ position }) =>
    position === 0 ? { outcome: { status: 'superseded', sharing: 'apollo-2' } } : {},
  );
  const calm = await world.look();
  expect([ids(calm.rows), calm.unchanged]).toEqual([[], { created: 2, superseded: 1 }]);
  await world.change(`update people set title = 'CEO' where id = '3'`);
  const other = await world.look();
  expect([ids(other.rows), other.unchanged]).toEqual([['3'], { created: 1, superseded: 1 }]);
  await world.change(`update people set title = 'CEO' where id = '2'`);
  expect(ids((await world.look()).rows).sort()).toEqual(['1', '2', '3']);
  await world.change(`delete from people where id = '2'`);
  expect(ids((await world.look()).rows).sort()).toEqual(['1', '3']);
});

test('rows that were rejected or superseded are handed out in every run', async () => {
  const world = await World.with(people, insert(row(1), row(2)));
  const rejection = { code: 'apollo_rejected', message: 'no', attempts: 3 };
  await world.sync({}, ({ position }) => ({
    outcome: position === 0 ? { status: 'rejected', rejection } : { status: 'superseded' },
  }));
  const { rows, unchanged } = await world.look();
  expect([ids(rows), unchanged]).toEqual([['1', '2'], {}]);
  expect(rows[0]?.known).toMatchObject({ outcome: 'rejected', rejection });
});

test('rows that were rejected and are gone are counted as gone, and as nothing else', async () => {
  const world = await World.with(people, insert(row(1), row(2)));
  const outcome = { status: 'rejected', rejection: { code: 'apollo_rejected', message: 'no' } } as const;
  await world.sync({}, ({ position }) => (position === 0 ? { outcome } : {}));
  await world.change(`delete from people where id = '1'`, insert(row(3)));
  const { rows, unchanged, removed } = await world.look();
  expect([ids(rows), unchanged, removed]).toEqual([['3'], { created: 1 }, 1]);
});

test('a row is not gone as long as an unchanged one is known by its match key', async () => {
  const world = await World.with(people, insert(row(1), row(2), row(3)));
  await world.sync({}, ({ position }) => (position < 2 ? { matchKey: 'email:shared@acme.example' } : {}));
  await world.change(`delete from people where id in ('1', '3')`);
  const { rows, unchanged, removed } = await world.look();
  expect([ids(rows), unchanged, removed]).toEqual([[], { created: 1 }, 1]);
});

test('rows without a primary key are handed out in every run', async () => {
  const world = await World.with(
    people,
    insert(row(1)),
    `insert into people values (null, 'a@b.example', 't', ''), ('  ', 'c@b.example', 't', '')`,
  );
  await world.sync({}, ({ row }) => (row['id'] === '1' ? {} : { primaryKey: '' }));
  expect((await world.look()).rows.map(({ row }) => row['id'])).toEqual([null, '  ']);
});

test('with ids only, every row is handed out with its id, its key and when it was confirmed, without values', async () => {
  const world = await World.with(people, insert(row(1)));
  await world.sync();
  const { rows } = await world.look({ idsOnly: true });
  const confirmed = { confirmedAt: expect.any(Number), confirmedFrom: expect.any(Number) };
  expect(rows.map(({ known }) => known)).toEqual([{ id: 'apollo-1', matchKey: expect.any(String), ...confirmed }]);
});

describe('a changed row and an unchanged one with the same match key', () => {
  test('the unchanged one counts where it stands later', async () => {
    const world = await World.with(people, insert(row(1, 'a', 'one@x.example'), row(2, 'b', 'two@x.example')));
    await world.sync();
    await world.change(`update people set email = 'TWO@x.example' where id = '1'`);
    const { rows, unchanged } = await world.look();
    expect([ids(rows), unchanged]).toEqual([['1 superseded'], { created: 1 }]);
  });

  test('the changed one counts where it stands later, and the store learns that the other lost', async () => {
    const world = await World.with(people, insert(row(1, 'a', 'one@x.example'), row(2, 'b', 'two@x.example'), row(3)));
    await world.sync();
    await world.change(`update people set email = 'one@x.example' where id = '2'`);
    const { rows, unchanged } = await world.sync();
    expect([ids(rows), unchanged]).toEqual([['1 superseded', '2'], { created: 1 }]);
    expect(await sqlOn(world.state, `select primary_key, outcome from records order by all`)).toEqual([
      { primary_key: '1', outcome: 'superseded' },
      { primary_key: '2', outcome: 'created' },
      { primary_key: '3', outcome: 'created' },
    ]);
  });
});

sweepOver(
  [
    ['varchar', `'Ä "x" '`],
    ['bigint', '9007199254740993'],
    ['integer', '-7'],
    ['decimal(12, 2)', '1.10'],
    ['uuid', `'6b1f5a2e-7c1d-4c53-9f0e-3a2b1c0d9e8f'`],
    ['date', `'2026-01-31'`],
    ['timestamp', `'2026-01-31 08:00:00.5'`],
    ['timestamptz', `'2026-01-31 08:00:00+02'`],
    ['boolean', 'true'],
    [`enum('a', 'b')`, `'b'`],
    ['hugeint', '170141183460469231731687303715884105727'],
  ],
  3,
)('a primary key of type %s has the same name in SQL as in a row', async (type, value) => {
  const world = await World.with(
    `create table people (id ${type}, email varchar, title varchar)`,
    `insert into people values (${value}, 'a@b.example', 'x')`,
  );
  await world.sync();
  expect((await world.look()).unchanged).toEqual({ created: 1 });
});

sweepOver(['double', 'float', 'json'])(
  'a primary key of type %s is left to JavaScript: rows come unasked',
  async (type) => {
    const world = await World.with(
      `create table people (id ${type}, email varchar, title varchar)`,
      `insert into people values ('1', 'a@b.example', 'x')`,
    );
    await world.sync();
    const { rows, unchanged } = await world.look();
    expect([rows.map((one) => one.known), unchanged]).toEqual([[undefined], {}]);
  },
);

test('a column that is called rowid, and a view, are no row ids', async () => {
  const world = await World.with(
    `create table t (rowid varchar, id varchar, email varchar, title varchar)`,
    `insert into t values ('9', '1', 'a@b.example', 'x'), ('9', '2', 'b@b.example', 'x')`,
    `create view people as select * from t`,
  );
  await world.sync();
  await world.change(`update t set title = 'y' where id = '1'`);
  expect(ids((await world.look()).rows)).toEqual(['1']);
  expect(ids((await world.look({ relation: { table: 't' } })).rows)).toEqual(['1']);
});

test('an Arrow stream goes through the same comparison', slow, async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'rows.arrows');
  const put = (titles: string[]) =>
    writeFile(
      path,
      tableToIPC(
        tableFromArrays({
          id: BigInt64Array.from(titles.map((_, i) => 9007199254740993n + BigInt(i))),
          email: titles.map((_, i) => `p${i}@acme.example`),
          title: titles,
          'o/t~her': titles.map((_, i) => i),
        }),
        'stream',
      ),
    );
  const go = async (columns = ['id', 'email', 'title', 'o/t~her']) => {
    const source = await opened({ type: 'arrow', path });
    const state = await openState(source, join(folder, 'state.duckdb'));
    const found = await look(source, state, { relation: {}, columns });
    await remember(state, found.rows);
    await state.close();
    await source.close();
    return found;
  };
  await put(['a', 'b', 'c']);
  expect((await go()).rows).toHaveLength(3);
  expect((await go()).unchanged).toEqual({ created: 3 });
  await put(['a', 'B', 'c']);
  const { rows, unchanged } = await go();
  expect([ids(rows), unchanged]).toEqual([['9007199254740994'], { created: 2 }]);
});

test('more rows than a page come each once, in order', slow, async () => {
  const many = `insert into people select i, 'p' || i || '@x.example', 'CTO', '' from range(9000) r(i)`;
  const world = await World.with(people, many);
  await world.sync();
  await world.change(`update people set title = 'CEO' where id::int % 2 = 0`);
  const { rows, unchanged } = await world.look();
  expect(rows.map(({ row }) => Number(row['id']))).toEqual(Array.from({ length: 4500 }, (_, i) => 2 * i));
  expect(unchanged).toEqual({ created: 4500 });
});

test(
  'rows that have changed are the same and in order, whether they fit into memory together or not',
  slow,
  async () => {
    const changed = async (memoryLimit?: string) => {
      const many = `insert into people select i, 'p' || i || '@x.example', 'CTO', '' from range(13000) r(i)`;
      const world = await World.with(people, many);
      await world.sync();
      await world.change(
        `update people set title = 'CEO' where id::int % 5 > 0`,
        `delete from people where id::int % 7 = 0`,
        `insert into people select i, 'p' || i || '@x.example', 'CTO', '' from range(12990, 16000) r(i)`,
        `insert into people select i, 'p' || (i + 2) || '@x.example', 'CFO', '' from range(9000, 9010) r(i)`,
      );
      world.memoryLimit = memoryLimit;
      const { rows, ...counts } = await world.look();
      // Each state store makes hashes of its own.
      const known = (one: SourceRow) => one.known && { ...one.known, rowHash: undefined };
      return { ...counts, rows: rows.map((one) => ({ ...one, rowHash: undefined, known: known(one) })) };
    };
    const all = await changed();
    expect(await changed('48MB')).toEqual(all);
    expect(all.rows.length).toBeGreaterThan(11_000);
  },
);

// Sorted and joined together, 150,000 of them ran out of 48 MB: a first load that was cut off could not be gone on with.
test('rows that have all changed are handed out in a fraction of their memory', slow, async () => {
  const text = `md5(i::varchar) || md5((i + 1)::varchar)`;
  const many = `insert into people select i, 'p' || i || '@x.example', ${text}, '' from range(150000) r(i)`;
  const world = await World.with(people, many);
  await world.sync();
  await world.change(`update people set title = title || '!'`);
  world.memoryLimit = '48MB';
  const { rows } = await world.look();
  expect(rows.length).toBe(150_000);
  expect(rows.every(({ row, known }) => row['title'] === `${(known?.values as Row | undefined)?.['title']}!`)).toBe(
    true,
  );
});

// By their number, 6,200 rows go into 51 MB at once; of 4 KB each, a quarter of them does not.
test('rows that have all changed are handed out in little memory, however wide they are', slow, async () => {
  const many = `insert into people select i, 'p' || i || '@x.example', 'CTO', rpad(i::varchar, 4000, '-') from range(12000) r(i)`;
  const world = await World.with(people, many);
  await world.sync();
  await world.change(`update people set title = 'CEO'`);
  world.memoryLimit = '51MB';
  const { rows } = await world.look();
  expect(rows.map(({ row }) => Number(String(row['other']).replace(/-+$/, '')))).toEqual(
    Array.from({ length: 12_000 }, (_, i) => i),
  );
  expect(rows.every(({ known }) => (known?.values as Row | undefined)?.['title'] === 'CTO')).toBe(true);
});
