import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const cli = 'runtime/cli/entrypoint.ts';
const write = 'runtime/airbyte/write.ts';
const warehouse = 'runtime/source/warehouse.ts';

test('a command loads what it needs, and no other package', async () => {
  const { metafile } = await build({
    entryPoints: [cli, write, warehouse],
    absWorkingDir: join(import.meta.dirname, '..'),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  /** The packages, and parts of Node, that are loaded with a file, before anything is asked of it: types and later imports aside. */
  const allLoadedWith = (file: string): readonly string[] => {
    const files = [file];
    const loaded = new Set<string>();
    for (const each of files) {
      for (const { path, kind, external } of metafile.inputs[each]!.imports) {
        if (kind === 'dynamic-import') continue;
        if (external === true) loaded.add(path);
        else if (!files.includes(path)) files.push(path);
      }
    }
    return [...loaded];
  };
  const loadedWith = (file: string) => allLoadedWith(file).filter((path) => !path.startsWith('node:'));
  // Of Node what takes no time; `node:crypto` alone is a twentieth of a start.
  expect(allLoadedWith(cli).toSorted()).toEqual([
    'commander',
    'node:fs',
    'node:os',
    'node:path',
    'node:timers/promises',
  ]);
  // Rows of Airbyte come without a source, and without a state store they need no database.
  expect(loadedWith(write)).toEqual([]);
  expect(loadedWith(warehouse)).toEqual(['@duckdb/node-api']);
});
