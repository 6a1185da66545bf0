import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { notices, thirdParties } from '../../scripts/third-parties.ts';

// What may be bundled into a package under MIT, and passed on by those who take it.
const allowed = ['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];
// Licences that only reach what is used to build and test.
const allowedForTools = [
  ...allowed,
  'BlueOak-1.0.0',
  'MIT OR Apache-2.0',
  '(MIT OR Apache-2.0)',
  'CC0-1.0',
  'MPL-2.0',
  'Python-2.0',
];

test('the notices are of what is bundled and installed; npx tsx scripts/notices.ts writes them', async () => {
  expect(`${await notices()}\n`).toBe(readFileSync('THIRD-PARTY-NOTICES.md', 'utf8'));
});

test('what is bundled and installed may be passed on', async () => {
  const parties = await thirdParties();
  expect(parties.filter(({ license }) => !allowed.includes(license))).toEqual([]);
  const names = parties.map(({ name }) => name);
  // One that is bundled by a name that appears in our imports, one behind another, and what is installed.
  expect(names).toEqual(
    expect.arrayContaining(['zod', 'flatbuffers', '@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc']),
  );
});

test('every package of the lock file has a licence that is allowed', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { license?: string; dev?: boolean }>;
  };
  const refused = Object.entries(packages)
    .filter(([path, { license, dev }]) => path !== '' && !(dev ? allowedForTools : allowed).includes(license ?? 'none'))
    .map(([path, { license }]) => `${path}: ${license}`);
  expect(refused).toEqual([]);
});
