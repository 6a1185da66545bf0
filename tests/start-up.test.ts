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
  /** The packages that are loaded with a file, before anything is asked of it: types and later imports aside. */
  const loadedWith = (file: string): readonly string[] => {
    const files = [file];
    const packages = new Set<string>();
    for (const each of files) {
      for (const { path, kind, external } of metafile.inputs[each]!.imports) {
        if (kind === 'dynamic-import' || path.startsWith('node:')) continue;
        if (external === true) packages.add(path);
        else if (!files.includes(path)) files.push(path);
      }
    }
    return [...packages];
  };
  expect(loadedWith(cli)).toEqual(['commander']);
  // Rows of Airbyte come without a source, and without a state store they need no database.
  expect(loadedWith(write)).toEqual([]);
  expect(loadedWith(warehouse)).toEqual(['@duckdb/node-api']);
});
