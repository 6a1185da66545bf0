import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WorkDatabase } from '../../../runtime/duckdb/work-database.ts';
import { readDecisions } from '../../../runtime/source/decisions-file.ts';

async function read(text: string | undefined, keyColumn: string | undefined = 'customer_id') {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  const file = join(folder, 'decisions.csv');
  if (text !== undefined) writeFileSync(file, text);
  const work = await WorkDatabase.open({ temporaryDirectory: folder });
  try {
    return await readDecisions(work, file, { path: 'streams[0].decisions', stream: 'contacts', keyColumn });
  } finally {
    await work.close();
  }
}

test.each([
  ['commas', 'customer_id,decision\nC-1,skip\n'],
  ['semicolons and CRLF, as spreadsheets write them', 'customer_id;decision\r\nC-1;skip\r\n'],
  ['tabs', 'customer_id\tdecision\nC-1\tskip\n'],
  ['a mark of UTF-8 in front', '\uFEFFcustomer_id,decision\nC-1,skip\n'],
  ['quotes, and no line end', '"customer_id","decision"\n"C-1"," skip "'],
  ['another name of the key', 'primary_key,decision\nC-1,skip\n'],
  ['the key in the first column', 'who,name,decision\nC-1,"a, ""b""\nc",skip\n'],
])('a file is read with %s', async (_, text) => {
  expect(await read(text)).toEqual([{ line: 2, key: 'C-1', word: 'skip' }]);
});

test('empty decisions say nothing, and rows of other streams are left to those', async () => {
  const lines = [
    'stream,primary_key,conflict_id,decision',
    'contacts,C-1,,',
    'other,C-2,,skip',
    'contacts,C-3,5f,same_person',
  ];
  expect(await read(lines.join('\n'))).toEqual([{ line: 4, key: 'C-3', word: 'same_person', id: '5f' }]);
});

test.each([
  ['is not there', undefined, 'cannot be read'],
  ['is empty', '', 'cannot be read'],
  ['has no decisions', 'customer_id,word\nC-1,skip\n', 'has no column `decision`'],
  ['has no key', 'decision\nskip\n', 'has no column of the primary key'],
  ['has lines of another length', 'customer_id,decision\nC-1,skip,more,and more\n', 'is not a CSV file'],
])('a file that %s is refused', async (_, text, says) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'invalid_decisions', message: expect.stringContaining(says) });
});
