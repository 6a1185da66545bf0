import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { generatedIn } from '../scripts/generated.ts';
import { allowed, architectureTable, rooms } from './architecture.ts';

const root = join(import.meta.dirname, '..');
const files = ['runtime', 'catalog', 'spec', 'connector', 'emulator', 'library', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
);
const text = (file: string): string => readFileSync(join(root, file), 'utf8');

const importsOf = (file: string): readonly string[] =>
  ts
    .preProcessFile(text(file))
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? relative(root, join(root, dirname(file), fileName)) : fileName,
    );

test('nothing imports what it may not', () => {
  const found = files.flatMap((file) => {
    const rules = Object.keys(allowed).filter((path) => file.startsWith(path));
    const rule = rules.sort((a, b) => b.length - a.length)[0]!;
    return importsOf(file)
      .filter((name) => !allowed[rule]!.some((may) => name.startsWith(may)))
      .map((name) => `${file} imports ${name}`);
  });
  expect(found).toEqual([]);
});

test('no folder has more than twenty files of its own', () => {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
});

test('within runtime and connector, rooms only import from rooms below them', () => {
  const found = Object.entries(rooms).flatMap(([part, order]) => {
    const floor = (path: string): number => order.indexOf(path.split('/').length > 2 ? path.split('/')[1]! : '');
    const own = files.filter((file) => file.startsWith(`${part}/`));
    expect(own.filter((file) => floor(file) < 0)).toEqual([]);
    return own.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith(`${part}/`) && floor(name) > floor(file))
        .map((name) => `${file} imports ${name}`),
    );
  });
  expect(found).toEqual([]);
});

// People's scripts read it under this name.
const contractKey = 'deferred_in_apollo';

test('the runtime knows nothing of Apollo', () => {
  expect(
    files.filter((file) => file.startsWith('runtime/') && /apollo/i.test(text(file).replaceAll(contractKey, ''))),
  ).toEqual([]);
});

/** The parameters of functions, but for those that take an object apart. */
function parametersIn(file: string): readonly ts.ParameterDeclaration[] {
  const found: ts.ParameterDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isParameter(node) && ts.isIdentifier(node.name)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text(file), ts.ScriptTarget.Latest, true));
  return found;
}

// Spares the parsing of files without one.
const flag = /\w\??: boolean\b(?! *[;}]| \| undefined[;}])|= (true|false)[,)]/;

const isBoolean = ({ type, initializer }: ts.ParameterDeclaration): boolean =>
  [type, ...(type && ts.isUnionTypeNode(type) ? type.types : [])].some(
    (one) => one?.kind === ts.SyntaxKind.BooleanKeyword,
  ) || /^(true|false)$/.test(initializer?.getText() ?? '');

test('no parameter is a boolean: two behaviours are two functions, or an option with a name', () => {
  const found = files
    .filter((file) => !file.startsWith('examples/') && flag.test(text(file)))
    .flatMap((file) => parametersIn(file).filter((one) => isBoolean(one) && one.name.getText() !== 'value'))
    .map((parameter) => `${parameter.getSourceFile().fileName}: ${parameter.getText()}`);
  expect(found).toEqual([]);
});

test('only the entrypoint touches the process', () => {
  const touching = files.filter((file) => /\bprocess\s*\.(?!html)/.test(text(file)));
  expect(touching).toEqual(['runtime/cli/entrypoint.ts']);
});

test('no more than two files need each other, for types either', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file).filter((name) => files.includes(name))]));
  const reached = new Map(files.map((file) => [file, reachableFrom(file, imports)]));
  const groups = files.map((file) => [...reached.get(file)!].filter((other) => reached.get(other)!.has(file)).sort());
  expect([...new Set(groups.filter(({ length }) => length > 2).map((group) => group.join(' ')))]).toEqual([]);
});

function reachableFrom(file: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const name of imports.get(next)!) {
      if (found.has(name)) continue;
      found.add(name);
      open.push(name);
    }
  }
  return found;
}

test('what is private to a class has a #', () => {
  const found = files.filter((file) => /^ +private (?!constructor\b)/m.test(text(file)));
  expect(found).toEqual([]);
});

test('CONTRIBUTING shows this architecture; npx tsx scripts/docs-architecture.ts writes it', () => {
  const page = text('CONTRIBUTING.md');
  expect(generatedIn(page, 'docs-architecture', architectureTable())).toBe(page);
});

// What several parts do together stands in scenarios/, docs/, contract/ and package/.
test('a test stands in the folder of its source file, and its name is or begins with that of the file', () => {
  const parts = ['runtime', 'catalog', 'spec', 'connector', 'emulator', 'library'];
  const stray = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' }).filter((path) => {
    if (!path.endsWith('.test.ts') || !parts.includes(path.split('/')[0]!)) return false;
    const name = path.slice(0, -'.test.ts'.length);
    return !files.some((file) => name === file.slice(0, -3) || name.startsWith(`${file.slice(0, -3)}-`));
  });
  expect(stray).toEqual([]);
});
