import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What the code and its pages are written in; the changelog and the decisions may quote how something was
 * called once, and the comparison uses other products' words. */
const places = [
  'runtime',
  'connector',
  'spec',
  'catalog',
  'emulator',
  'library',
  'examples',
  'docs',
  'README.md',
  'CONTRIBUTING.md',
];

/** Private words, and the word to write instead. They are found inside identifiers as well. */
const words: Readonly<Record<string, RegExp>> = {
  'dependencies, environment': /surroundings/i,
  event: /happening/i,
  listener: /audience/i,
  'say which part does not': /\bnobody\b(?!@)/i,
  again: /\banew\b/i,
  correct: /\bmend(s|ed|ing)?\b/i,
  estimate: /foretell|foretold|rehears/i,
  'name match': /homonym|stranger|namesake/i,
  compact: /(?<!case[ -])\bfold(s|ed|ing)?\b/i,
  'a main clause': /\bof which\b/i,
  'is not a …': /(?<!\bthere )\b(is|are|was|were) no (?!longer|more\b|less\b|fewer\b|one\b)/i,
  'what happens to': /\bwhat becomes of\b/i,
};

const isText = (path: string): boolean =>
  /\.(ts|mjs|py|sql|md|json|ya?ml)$/.test(path) &&
  !/node_modules|package-lock\.json|docs\/decisions\/|docs\/comparison\.md/.test(path);

/** A file, or all files with text in a folder. */
const textsIn = (place: string): readonly string[] =>
  isText(place)
    ? [place]
    : readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
        .map((path) => join(place, path))
        .filter(isText);

test('code and pages say one word for one thing', () => {
  const files = places.flatMap(textsIn);
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        Object.entries(words).flatMap(([instead, word]) => {
          const match = word.exec(line);
          return match === null ? [] : [`${path}:${i + 1}: "${match[0].trim()}"; write: ${instead}`];
        }),
      ),
  );
  expect(found).toEqual([]);
});
