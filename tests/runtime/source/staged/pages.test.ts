import { expect, test } from 'vitest';
import type { SourceRow } from '../../../../runtime/contract/record.ts';
import { keyOf, opened, running } from '../support.ts';

/** The pages of 6,000 rows of which some are wide, with what DuckDB has in a container of 256 MB. */
async function pagesOf(characters: string): Promise<readonly (readonly SourceRow[])[]> {
  const source = await opened({ type: 'duckdb', memory_limit: '51MB' });
  const query = `select i::int as i, rpad(i::varchar, ${characters}, '-') as notes from range(6000) r(i)`;
  const pages: (readonly SourceRow[])[] = [];
  for await (const page of source.rows({ path: 'streams[0]', query }, keyOf('i'), running())) pages.push(page);
  const rows = pages.flat();
  expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: 6000 }, (_, i) => i));
  expect(rows.every(({ row, position }) => String(row['notes']).replace(/-+$/, '') === String(position))).toBe(true);
  return pages;
}

test('rows of a few kilobytes each come in pages of a few hundred', async () => {
  const pages = await pagesOf('4000');
  expect(Math.max(...pages.map((page) => page.length))).toBeLessThan(256);
});

test('rows that are wider than all before them are read in parts', async () => {
  const pages = await pagesOf('case when i < 3000 then 9 else 4000 end');
  const sizes = pages.map((page) => page.length);
  expect([Math.max(...sizes), sizes.at(-2)! < 512]).toEqual([2048, true]);
});
