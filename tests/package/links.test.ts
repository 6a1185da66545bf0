import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md') || file === 'llms.txt'),
  ...pagesIn('docs'),
  ...pagesIn('.github'),
];

interface Link {
  readonly page: string;
  /** Relative to the root. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Links to what is in the repository: of text and of images, but not those in code. */
const links = pages.flatMap((page): readonly Link[] => {
  const text = readFileSync(join(root, page), 'utf8')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => 'x'.repeat(code.length));
  return [...text.matchAll(/\]\(([^()\s]*)\)/g)].flatMap(([, to]) => {
    if (/^[a-z]+:/.test(to!)) return [];
    const [path, anchor] = to!.split('#') as [string, string | undefined];
    return [{ page, path: path === '' ? page : relative(root, join(root, dirname(page), path)), anchor }];
  });
});

test('every link to a file leads to one', () => {
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
});

test('every link to a section leads to one', () => {
  const lost = links.filter(
    ({ path, anchor }) =>
      anchor !== undefined && path.endsWith('.md') && existsSync(join(root, path)) && !sectionsOf(path).has(anchor),
  );
  expect(lost).toEqual([]);
});

/** The anchors that GitHub gives to headings. */
function sectionsOf(path: string): ReadonlySet<string> {
  const text = readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  const seen = new Map<string, number>();
  const anchors = [...text.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => {
    const plain = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[`*]/g, '')
      .toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return new Set([...anchors, ...[...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id!)]);
}

test('what pages in the package link to is in the package', () => {
  const files = ['README.md', 'LICENSE', 'package.json', ...manifest.files.filter((path) => !path.startsWith('!'))];
  const isPacked = (path: string): boolean => files.some((file) => path === file || path.startsWith(`${file}/`));
  expect(links.filter(({ page, path }) => isPacked(page) && !isPacked(path))).toEqual([]);
});

test('every page of the documentation can be reached from its index', () => {
  const reached = new Set(['docs/README.md']);
  for (const from of reached)
    for (const { page, path } of links) if (page === from && path.endsWith('.md')) reached.add(path);
  expect(pagesIn('docs').filter((page) => !reached.has(page))).toEqual([]);
});
