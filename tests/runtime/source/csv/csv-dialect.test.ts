import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkDatabase } from '../../../../runtime/duckdb/work-database.ts';
import { csvDialectOf } from '../../../../runtime/source/csv/csv-dialect.ts';
import { csvQuery } from '../../../../runtime/source/csv/csv-query.ts';

const folder = mkdtempSync(join(tmpdir(), 'csv-'));
let work: WorkDatabase;
beforeAll(async () => {
  work = await WorkDatabase.open({ temporaryDirectory: folder });
});
afterAll(async () => {
  await work.close();
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
let files = 0;

function written(content: string | Buffer, name = 'rows.csv'): string {
  files += 1;
  mkdirSync(join(folder, String(files)));
  const path = join(folder, String(files), name);
  writeFileSync(path, content);
  return path;
}

/** What a run would read of a file: its rows, or how many lines stand above them. */
async function read(path: string, skip?: number) {
  const found = await csvDialectOf({ work, path, signal }, skip);
  if (!('dialect' in found)) return found;
  const connection = await work.connect();
  try {
    const result = await connection.runAndReadAll(csvQuery(path, found.dialect));
    return { ...found, names: result.columnNames(), rows: result.getRowsJson() };
  } finally {
    work.release(connection);
  }
}

const refusal = (content: string | Buffer): Promise<string> =>
  read(written(content)).then(
    (found) => JSON.stringify(found),
    (error: Error) => error.message,
  );

const people = (count: number, line = (i: number) => `${i},p${i}@example.org,Jo${i}`): string =>
  ['id,mail,name', ...Array.from({ length: count }, (_, i) => line(i)), ''].join('\n');

test('any values come back as they were written, whatever stands between them', async () => {
  const value = fc.string({
    unit: fc.constantFrom('a', 'é', '字', '"', ',', ';', '|', '\t', '\n', '#', "'", '\\', '7', ' '),
  });
  const given = fc.record({
    rows: fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 30 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    end: fc.constantFrom('\n', '\r\n'),
  });
  await fc.assert(
    fc.asyncProperty(given, async ({ rows, delimiter, end }) => {
      const quoted = (text: string) => (/^[a-zé字7#]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
      const lines = [['key', 'one', 'other'], ...rows].map((row) => row.map(quoted).join(delimiter) + end);
      expect(await read(written(lines.join('')))).toMatchObject({
        names: ['key', 'one', 'other'],
        rows: rows.map((row) => row.map((text) => (text === '' ? null : text))),
      });
    }),
    { numRuns: 20 },
  );
});

test('quotes that first appear far below are quotes', async () => {
  const { rows } = (await read(written(`${people(21_000)}x,q@example.org,"Max ""Mo"""\n`))) as { rows: unknown[] };
  expect(rows.at(-1)).toEqual(['x', 'q@example.org', 'Max "Mo"']);
});

test('ids, numbers, dates and what looks like a comment stay the text that they are', async () => {
  expect(await read(written('id,n,d,b\n007,1e5,2024-01-02,true\n#8,1.50,02/01/2024,f\n'))).toMatchObject({
    rows: [
      ['007', '1e5', '2024-01-02', 'true'],
      ['#8', '1.50', '02/01/2024', 'f'],
    ],
  });
});

test('encodings are recognised by their bytes', async () => {
  const text = 'id;mail;name\n1;jo@example.org;Jörg\n2;zo@example.org;Zoë\n';
  const rows = [
    ['1', 'jo@example.org', 'Jörg'],
    ['2', 'zo@example.org', 'Zoë'],
  ];
  for (const [encoding, bytes] of [
    ['utf-8', Buffer.from(text)],
    ['utf-8', Buffer.from(`\uFEFF${text}`)],
    ['latin-1', Buffer.from(text, 'latin1')],
    ['utf-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16', Buffer.from(text, 'utf16le')],
  ] as const) {
    expect(await read(written(bytes))).toMatchObject({ dialect: { encoding }, names: ['id', 'mail', 'name'], rows });
  }
  expect(await read(written(gzipSync(Buffer.from(text, 'latin1')), 'rows.csv.gz'))).toMatchObject({ rows });
});

test('text that cannot be read rightly is refused with the way to convert it', async () => {
  const swapped = Buffer.from('\uFEFFid;mail\n1;jo@example.org\n', 'utf16le').swap16();
  expect(await refusal(swapped)).toMatch(/looks like UTF-16BE.*iconv -f UTF-16BE -t UTF-8/);
  const curly = Buffer.from('id;name\n1;Pat O\x92Neil\n2;J\xf6rg\n', 'latin1');
  expect(await refusal(curly)).toMatch(/looks like WINDOWS-1252.*iconv -f WINDOWS-1252/);
  const cyrillic = Buffer.from('id;name\n1;\xcf\xe5\xf2\xf0\n2;\xc0\xed\xed\xe0\n', 'latin1');
  const polish = Buffer.from('id;name\n1;Pawe\xb3ek\n2;Micha\xb3owa\n', 'latin1');
  for (const bytes of [cyrillic, polish]) expect(await refusal(bytes)).toMatch(/an unknown encoding/);
});

test('rows that would be skipped are counted, and their lines named', async () => {
  expect(await refusal(`${people(100)}100,q@example.org,Acme, Inc.\n`)).toMatch(
    /1 line would be skipped of 101: line 102 has more values than the header has columns \(3\).*ignore_errors = true/s,
  );
  const widened = people(2000, (i) => (i < 1000 ? `${i},a@example.org,Jo` : `${i},a@example.org,Jo,more`));
  expect(await refusal(widened)).toMatch(/1,000 lines would be skipped of 2,000: line 1002/);
  const shortened = people(2000, (i) => (i < 1000 ? `${i},a@example.org,Jo` : `${i},a@example.org`));
  expect(await refusal(shortened)).toMatch(/1,000 lines would be skipped.*fewer values.*null_padding = true/s);
  expect(await refusal(`${people(30_000)}1,q@example.org,Acme, Inc.\n`)).toMatch(/line 30002 has more values/);
  expect(await refusal('id,mail\n1,"open\n2,q@example.org\n3,r@example.org\n')).toMatch(/line 2 has a quote/);
  expect(await refusal('id,mail\r\n1,a@example.org\n2,b@example.org\r\n')).toMatch(/CR LF.*sed/);
  expect(await refusal('\n')).toMatch(/is empty/);
});

test('no value of a row is part of a refusal', async () => {
  for (const end of ['1,secret@example.org,Acme, Inc.\n', '1,secret@example.org\n', '1,"secret@example.org\n']) {
    expect(await refusal(people(50) + end)).not.toMatch(/secret|Acme/);
  }
});

test('lines above the header are not left out by themselves', async () => {
  const path = written('Contacts of all teams\nMade by hand, at noon\n\nid,mail,name\n1,a@example.org,Ann\n');
  expect(await read(path)).toEqual({ above: 3 });
  expect(await read(path, 3)).toMatchObject({ names: ['id', 'mail', 'name'], rows: [['1', 'a@example.org', 'Ann']] });
  const unlike = 'Notes:\n"Some, text"\n\nid,mail,name\r\n1,a@example.org,Ann\r\n2,b@example.org,Bob\r\n';
  expect(await refusal(unlike)).toMatch(/3 lines stand above.*would be skipped.*tail -n \+4/);
  // Neither rows nor notes: blank lines, and the line with which Excel is told the delimiter.
  expect(await read(written('\n\nid,mail\n1,a@example.org\n'))).toMatchObject({ rows: [['1', 'a@example.org']] });
  expect(await read(written('sep=;\nid;mail\n1;a@example.org\n'))).toMatchObject({ rows: [['1', 'a@example.org']] });
});

test('a first line that holds values is read as a row', async () => {
  expect(await read(written('ann@example.org,Ann\nbob@example.org,Bob\n'))).toMatchObject({
    dialect: { header: false },
    rows: [
      ['ann@example.org', 'Ann'],
      ['bob@example.org', 'Bob'],
    ],
  });
});

test('columns follow the header, in every file of a pattern', async () => {
  const first = written('id,mail\n1,a@example.org\n', 'a.csv');
  writeFileSync(first.replace('a.csv', 'b.csv'), 'mail,id\nb@example.org,2\n');
  expect(await read(first.replace('a.csv', '*.csv'))).toMatchObject({
    rows: [
      ['1', 'a@example.org'],
      ['2', 'b@example.org'],
    ],
  });
  expect(await read(written('id,,name,name,\n1,x,Ann,Lee,z\n'))).toMatchObject({
    names: ['id', 'column1', 'name', 'name_1', 'column4'],
  });
  expect(await read(written('mail\na@example.org\n'))).toMatchObject({ rows: [['a@example.org']] });
});
