import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** What each part of the tree may import; the longest path that fits a file counts. This table is the architecture. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  runtime: ['node:', 'runtime/'],
  'runtime/config/config-file.ts': ['node:', 'runtime/', 'yaml'],
  'runtime/http/': ['node:', 'runtime/', 'undici'],
  'runtime/duckdb/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/source/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/source/arrow/': ['node:', 'runtime/', '@duckdb/node-api', 'apache-arrow', 'fzstd', 'lz4js'],
  'runtime/state/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/listeners/telemetry.ts': ['@opentelemetry/api'],
  'runtime/commands/shared/arguments.ts': ['commander'],
  'runtime/cli/': ['node:', 'runtime/', 'commander'],
  catalog: ['node:', 'catalog/', 'runtime/', 'libphonenumber-js', 'tldts', 'validator'],
  spec: ['spec/', 'catalog/', 'runtime/', 'zod', 'yaml'],
  connector: ['node:events', 'connector/', 'spec/', 'catalog/', 'runtime/', 'p-limit'],
  'connector/api/wire.ts': ['connector/', 'catalog/', 'runtime/', 'zod'],
  'connector/main.ts': ['connector/', 'runtime/', 'emulator/', 'package.json'],
  emulator: ['emulator/', 'node:', 'libphonenumber-js'],
};

/** The rooms of a part, from the ground up: a file imports from its own room and from those before it, for types too. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  runtime: [
    'contract',
    'config',
    'http',
    'deliver',
    'duckdb',
    'facts',
    'source',
    'state',
    'run',
    'text',
    'listeners',
    'page',
    'airbyte',
    'init',
    'commands',
    'cli',
  ],
  connector: ['api', 'record', 'workspace', 'steps', 'writers', ''],
};

const root = join(import.meta.dirname, '..');
const files = ['runtime', 'catalog', 'spec', 'connector', 'emulator'].flatMap((folder) =>
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

test('only the entrypoint touches the process', () => {
  const touching = files.filter((file) => /\bprocess\s*\.(?!html)/.test(text(file)));
  expect(touching).toEqual(['runtime/cli/entrypoint.ts']);
});
