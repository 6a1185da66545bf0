import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransientFailure } from '../../../runtime/contract/failure.ts';
import type { SourceRow } from '../../../runtime/contract/record.ts';
import { slow, sweep } from '../../support/runs.ts';
import { allRows, failureOf, keyOf, noKey, opened, running, temporaryFolder } from './support.ts';

const path = 'streams[0]';

test('rows come in chunks of at most 2,048, with positions from 0 in order', async () => {
  const source = await opened({ type: 'duckdb' });
  const chunks: (readonly SourceRow[])[] = [];
  for await (const chunk of source.rows(
    { path, query: 'select i::int as i from range(5000) r(i)' },
    noKey,
    running(),
  )) {
    chunks.push(chunk);
  }
  expect(chunks.map((chunk) => chunk.length)).toEqual([2048, 2048, 904]);
  expect(chunks.flat()).toEqual(Array.from({ length: 5000 }, (_, i) => ({ position: i, row: { i } })));
});

test('the order of the query is kept', slow, async () => {
  const source = await opened({ type: 'duckdb' });
  const query = 'select hash(i)::varchar as h from range(300000) r(i) order by hash(i) desc';
  const hashes = (await allRows(source, { query })).map(({ row }) => BigInt(String(row['h'])));
  expect(hashes).toHaveLength(300_000);
  expect(hashes.every((hash, i) => i === 0 || hash <= (hashes[i - 1] ?? 0n))).toBe(true);
});

test('an empty result has columns and no rows', async () => {
  const source = await opened({ type: 'duckdb' });
  const relation = { path, query: 'select 1 as id where false' };
  expect(await source.columns(relation)).toEqual([{ name: 'id', type: 'INTEGER' }]);
  expect(await allRows(source, relation, keyOf('id'))).toEqual([]);
});

sweep('of each match key only the last row is not superseded', { few: 15, some: 60, many: 600 }, async (numRuns) => {
  const source = await opened({ type: 'duckdb' });
  const key = fc.option(fc.constantFrom('a', 'b', 'c', 'A', '', 'é'), { nil: null });
  await fc.assert(
    fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 30 }), async (keys) => {
      const list = keys.map((text, i) => `(${i}, ${text === null ? 'null' : `'${text}'`})`).join(', ');
      const rows = await allRows(source, { query: `from (values ${list}) as t(i, k) order by i` }, keyOf('k'));
      const expected = keys.map((text, i) => text !== null && keys.lastIndexOf(text) !== i);
      expect(rows.map(({ superseded }) => superseded === true)).toEqual(expected);
    }),
    { numRuns },
  );
});

test('rows far apart supersede each other, by the key as it is normalised', async () => {
  const source = await opened({ type: 'duckdb' });
  const query = `select i, case when i % 2 = 0 then 'A' else 'a' end || (i % 20000) as email from range(50000) r(i)`;
  const reader = { columns: ['email'], matchKeyOf: (row: object) => JSON.stringify(row).toLowerCase() };
  const rows = await allRows(source, { query }, reader);
  expect(rows.filter(({ superseded }) => superseded === true).map(({ position }) => position)).toEqual(
    Array.from({ length: 30_000 }, (_, i) => i),
  );
});

test('a match key may need no column or several', async () => {
  const source = await opened({ type: 'duckdb' });
  const query = "from (values ('a', 1, 'x'), ('a', 2, 'y'), ('a', 1, 'z')) as t(s, n, rest)";
  const seen: object[] = [];
  const both = { columns: ['n', 's'], matchKeyOf: (row: object) => `${seen.push(row) > 0} ${JSON.stringify(row)}` };
  expect((await allRows(source, { query }, both)).map(({ superseded }) => superseded)).toEqual([
    true,
    undefined,
    undefined,
  ]);
  expect(seen[0]).toEqual({ s: 'a', n: 1 });
  const constant = { columns: [], matchKeyOf: () => 'same' };
  expect((await allRows(source, { query }, constant)).map(({ superseded }) => superseded)).toEqual([
    true,
    true,
    undefined,
  ]);
});

const late = [
  ['a cast', "cast(case when i = 290000 then 'ann@example.com' else i::varchar end as integer)", 'Conversion Error'],
  ['a number out of range', 'cast(case when i = 290000 then 777777777777 else i end as integer)', 'Conversion Error'],
  ['an overflow', '(case when i = 290000 then 777777 else 1 end)::integer * 777777::integer', 'Out of Range Error'],
  ['a date', "cast(case when i = 290000 then '2024-13-77' else '2024-01-01' end as date)", 'Conversion Error'],
] as const;

test.each(late)('%s that fails at a late row fails before a row is handed out, quoting none', async (_, sql, kind) => {
  const source = await opened({ type: 'duckdb' });
  const chunks: unknown[] = [];
  const read = async () => {
    const relation = { path, query: `select ${sql} as x from range(300000) r(i)` };
    for await (const chunk of source.rows(relation, noKey, running())) chunks.push(chunk);
  };
  const failure = await failureOf(read());
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(failure).toMatchObject({ code: 'source_unreadable', delivery: 'not-delivered', cause: undefined });
  expect(String(failure)).toContain(`streams[0]: could not be read to its end, no row was taken: ${kind}`);
  expect(String(failure)).not.toMatch(/ann@|777|13-77/);
  expect(chunks).toEqual([]);
});

test('what the match key throws is not taken for a failure of the source', async () => {
  const source = await opened({ type: 'duckdb' });
  const defect = new Error('a defect');
  const key = {
    columns: [],
    matchKeyOf: () => {
      throw defect;
    },
  };
  expect(await failureOf(allRows(source, { query: 'select 1 as id' }, key))).toBe(defect);
  expect(await allRows(source, { query: 'select 1 as id' })).toEqual([{ position: 0, row: { id: 1 } }]);
});

test('an abort ends a query that would run for hours', async () => {
  const source = await opened({ type: 'duckdb' });
  const run = new AbortController();
  const reason = new Error('stop');
  const query = 'select sum(hash(a.i + b.i)) as x from range(100000000) a(i), range(1000000) b(i)';
  const rows = source.rows({ path, query }, noKey, run.signal)[Symbol.asyncIterator]();
  const first = failureOf(rows.next());
  setImmediate(() => run.abort(reason));
  expect(await first).toBe(reason);
  expect(await allRows(source, { query: 'select 1 as id' })).toHaveLength(1);
});

test('an abort ends reading at the next chunk, and never as if all had been read', async () => {
  const source = await opened({ type: 'duckdb' });
  const run = new AbortController();
  const reason = new Error('stop');
  let chunks = 0;
  const read = async () => {
    for await (const _ of source.rows({ path, query: 'from range(100000)' }, noKey, run.signal)) {
      chunks += 1;
      run.abort(reason);
    }
  };
  expect(await failureOf(read())).toBe(reason);
  expect(chunks).toBe(1);
  expect(await failureOf(read())).toBe(reason);
});

test('a consumer may leave early, and read again', async () => {
  const source = await opened({ type: 'duckdb' });
  const relation = { path, query: 'from range(10000) r(i)' };
  for await (const _ of source.rows(relation, keyOf('i'), running())) break;
  expect(await allRows(source, relation, keyOf('i'))).toHaveLength(10_000);
});

test('two relations are read side by side', async () => {
  const source = await opened({ type: 'duckdb' });
  const [a, b] = await Promise.all([
    allRows(source, { query: 'select i::int as i from range(9000) r(i)' }, keyOf('i')),
    allRows(source, { query: 'select (i % 10)::int as i from range(9000) r(i)' }, keyOf('i')),
  ]);
  expect(a.filter(({ superseded }) => superseded)).toHaveLength(0);
  expect(b.filter(({ superseded }) => superseded)).toHaveLength(8990);
});

test('what does not fit into memory is spilled, and nothing is left after close', slow, async () => {
  const temporaryDirectory = await temporaryFolder();
  const source = await opened({ type: 'duckdb', memory_limit: '100MB' }, { temporaryDirectory });
  const text = 'md5(i::varchar) || md5((i + 1)::varchar) || md5((i + 2)::varchar) || md5((i + 3)::varchar)';
  let next = 0;
  const relation = { path, query: `select i::int as i, ${text} as t from range(800000) r(i)` };
  for await (const chunk of source.rows(relation, noKey, running())) {
    for (const { position, row } of chunk) {
      if (row['i'] !== position || position !== next) throw new Error(`row ${row['i']} at ${position}`);
      next += 1;
    }
  }
  expect(next).toBe(800_000);
  await source.close();
  await source.close();
  expect(await readdir(temporaryDirectory)).toEqual([]);
});
