import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bill } from '../../scripts/bill.ts';
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

const parties = await thirdParties();

test('the notices are of what is bundled and installed; npx tsx scripts/notices.ts writes them', () => {
  expect(`${notices(parties)}\n`).toBe(readFileSync('THIRD-PARTY-NOTICES.md', 'utf8'));
});

test('what is bundled and installed may be passed on', () => {
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

test('the bill of materials has all that is bundled and installed, with hash and licence, and no tool', () => {
  const { bomFormat, specVersion, metadata, components, dependencies } = bill(parties);
  expect([bomFormat, specVersion]).toEqual(['CycloneDX', expect.stringMatching(/^1\.\d$/)]);
  expect(metadata.component['bom-ref']).toMatch(/^destination-apollo@/);
  const names = components.map((component) => component['bom-ref']);
  for (const { name, version } of parties) expect(names).toContain(`${name}@${version}`);
  expect(components.filter(({ name }) => ['vitest', 'typescript', 'esbuild', '@biomejs/biome'].includes(name))).toEqual(
    [],
  );
  // One of a platform that is not this one's.
  expect(names.filter((name) => /^@duckdb\/node-bindings-(darwin|linux|win32)/.test(name)).length).toBeGreaterThan(5);
  for (const { hashes, licenses, name } of components)
    expect([name, hashes?.length, licenses?.length]).toEqual([name, 1, 1]);
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((name) => !names.includes(name))).toEqual([]);
});
