import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { version } = manifest;
const repository = manifest.repository.url.replace(/^git\+(.*)\.git$/, '$1');

test('every place that says a version says that of the package', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: { '': { version: string } } };
  const { data } = parse(read('metadata.yaml')) as { data: { dockerImageTag: string } };
  expect({
    lock: packages[''].version,
    image: /^ARG VERSION=(.*)$/m.exec(read('Dockerfile'))?.[1],
    metadata: data.dockerImageTag,
  }).toEqual({ lock: version, image: version, metadata: version });
});

test('the changelogs have this version on top', () => {
  expect(/^## (?:\[Unreleased\] )?\[?(\d+\.\d+\.\d+)\]?/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
  const page = read('docs/integrations/destinations/apollo.md');
  expect(/^\| (\d+\.\d+\.\d+) \|/m.exec(page)?.[1]).toBe(version);
});

// Workflows run this for a tag, before anything is published.
test.runIf(process.env['GITHUB_REF_TYPE'] === 'tag')(
  'the tag names this version, and the changelog calls it released',
  () => {
    expect(process.env['GITHUB_REF_NAME']).toBe(`v${version}`);
    expect(read('CHANGELOG.md')).toContain(`\n## [${version}] - 20`);
  },
);

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(pyc|duckdb|parquet|arrows?)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));

test('every example and page that names a released image names this one', () => {
  const named = [...filesIn('examples'), ...filesIn('docs'), 'README.md'].flatMap((path) =>
    [...read(path).matchAll(/destination-apollo:v?(\d[\w.]*)/g)].map(
      ([, tag]) => `${path}: ${tag!.replace(/-full$/, '')}`,
    ),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((line) => !line.endsWith(`: ${version}`))).toEqual([]);
});

test('base images are pinned by digest, and one name has one digest', () => {
  const bases = [...read('Dockerfile').matchAll(/^FROM (?:--\S+ )?(\S+)/gm)].map(([, base]) => base!);
  const published = bases.filter((base) => !/^(runtime|build|node|slim)$/.test(base));
  expect(published.filter((base) => !/^[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(base))).toEqual([]);
  const digests = new Map(published.map((base) => base.split('@') as [string, string]));
  expect(new Set(published)).toEqual(new Set([...digests].map((parts) => parts.join('@'))));
});

test("the image's extensions are of the DuckDB that is installed, each by two hashes", () => {
  const [engine] = manifest.dependencies['@duckdb/node-api'].split('-');
  const named = read('scripts/image/extensions.txt')
    .split(/^(?=duckdb-extension-)/m)
    .slice(1);
  expect(named.length).toBeGreaterThan(5);
  for (const text of named) {
    expect(/^duckdb-extension-[a-z-]+==(\S+)/.exec(text)?.[1]).toBe(engine);
    expect(text.match(/--hash=sha256:[0-9a-f]{64}\b/g)).toHaveLength(2);
  }
});

test('the image names the repository and the licence of the package', () => {
  const label = (name: string) =>
    new RegExp(`org\\.opencontainers\\.image\\.${name}="([^"]*)"`).exec(read('Dockerfile'))?.[1];
  expect(label('source')).toBe(repository);
  expect(label('url')).toBe(repository);
  expect(label('documentation')).toMatch(new RegExp(`^${repository}/`));
  expect(label('licenses')).toBe(manifest.license);
  expect([manifest.homepage, manifest.bugs.url]).toEqual([`${repository}#readme`, `${repository}/issues`]);
});

test('what the package exports and starts is in its files', () => {
  const files = manifest.files.filter((path) => !path.startsWith('!'));
  const targets = Object.values(manifest.exports).flatMap((to) => (typeof to === 'string' ? [to] : Object.values(to)));
  const isPacked = (path: string) =>
    path === 'package.json' || files.some((file) => path === file || path.startsWith(`${file}/`));
  const all = [...targets, ...Object.values(manifest.bin)].map((path) => path.replace('./', ''));
  expect(all.filter((path) => !isPacked(path))).toEqual([]);
});

test('what is installed is what the decision says: DuckDB alone', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['@duckdb/node-api']);
});
