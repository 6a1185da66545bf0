import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allProbes } from '../../../connector/probe/probes/all-probes.ts';
import { allQuestions } from '../../../connector/probe/questions/all-questions.ts';
import { assumptionsPage } from '../../../connector/probe/reference.ts';
import { defaultQuirks } from '../../../emulator/calls/quirks.ts';
import { generatedIn } from '../../../scripts/generated.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('docs/reference/assumptions.md is fresh: `npx tsx scripts/docs-assumptions.ts` changes nothing', () => {
  const page = read('docs/reference/assumptions.md');
  expect(generatedIn(page, 'docs-assumptions', assumptionsPage(allProbes))).toBe(page);
});

test('every probe is numbered, names requests that there are, and a quirk that there is', () => {
  expect(allProbes.map(({ id }) => id)).toEqual(allProbes.map((_, i) => `P${String(i + 1).padStart(2, '0')}`));
  expect(new Set(allProbes.map(({ fact }) => fact)).size).toBe(allProbes.length);
  const questions = new Set(allQuestions.map(({ name }) => name));
  expect(allProbes.flatMap(({ asks }) => asks).filter((name) => !questions.has(name))).toEqual([]);
  expect(allProbes.flatMap(({ quirk }) => quirk ?? []).filter((name) => !(name in defaultQuirks))).toEqual([]);
});

test('the file that depends on an assumption names its probe, so that an answer leads to the line', () => {
  const silent = allProbes.filter(({ id, dependsOn }) => dependsOn !== undefined && !named(read(dependsOn)).has(id));
  expect(silent.map(({ id, dependsOn }) => `${id}: ${dependsOn}`)).toEqual([]);
});

/** `P13 to P21` names all of them. */
function named(text: string): ReadonlySet<string> {
  const ranges = [...text.matchAll(/\bP(\d\d) to P(\d\d)\b/g)].flatMap(([, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `P${String(Number(from) + i).padStart(2, '0')}`),
  );
  return new Set([...(text.match(/\bP\d\d\b/g) ?? []), ...ranges]);
}
