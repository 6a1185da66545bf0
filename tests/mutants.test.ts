import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutants } from './mutants.ts';

const root = join(import.meta.dirname, '..');

test('every mutant stands once in its file, and its tests are there', () => {
  const stale = mutants.filter(({ file, from }) => readFileSync(join(root, file), 'utf8').split(from).length !== 2);
  expect(stale.map(({ file, from }) => `${file}: ${from}`)).toEqual([]);
  expect(mutants.flatMap(({ tests }) => tests).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
