import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { ConfigFailure, codeOf } from '../../../runtime/contract/failure.ts';
import { errorText, withCode } from '../../../runtime/text/error-text.ts';
import { allCodes, codeTables } from '../../../scripts/error-codes.ts';
import { generatedIn } from '../../../scripts/generated.ts';

const sources = ['runtime', 'connector', 'spec', 'catalog'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('failure-codes.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
);

// A `code:` of zod's and of DuckDB's columns is another thing.
const others = new Set(['custom', 'varchar']);

it('every code in the sources is in the table, and every code of the table in the sources', () => {
  const written = new Set(
    sources.flatMap((text) => [...text.matchAll(/\bcode: (?:[^,'\n]*\? )?'([a-z_]+)'/g)].map(([, code]) => code!)),
  );
  expect([...written].filter((code) => !others.has(code) && !(code in allCodes))).toEqual([]);
  const all = sources.join('\n');
  expect(Object.keys(allCodes).filter((code) => !all.includes(`'${code}'`))).toEqual([]);
});

it('docs/errors.md is fresh: `npx tsx scripts/docs-errors.ts` changes nothing', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  expect(generatedIn(page, 'docs-errors', codeTables())).toBe(page);
});

it('whatever is thrown has a code, and its text ends with it', () => {
  const thrown = [
    new ConfigFailure('a', { code: 'invalid_config' }),
    new ConfigFailure('a\nb', { code: 'invalid_config' }),
    Object.assign(new Error('EACCES'), { syscall: 'open' }),
    new Cancelled('SIGINT'),
    new TypeError('x'),
    'text',
  ];
  expect(thrown.map((error) => errorText(error).match(/\[(\w+)\]$/)?.[1])).toEqual(thrown.map(codeOf));
  expect(thrown.map(codeOf).filter((code) => !(code in allCodes))).toEqual([]);
  expect([withCode('a', 'c'), withCode('a\nb', 'c')]).toEqual(['a [c]', 'a\nb\n[c]']);
});
