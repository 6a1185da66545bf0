// What `import ... from 'destination-apollo'` gives: modules that share their chunks, and types by the compiler.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const entries = ['index', 'cdk', 'emulator', 'testing'];
for (const folder of ['dist/library', 'dist/types']) await rm(folder, { recursive: true, force: true });

await build({
  entryPoints: entries.map((name) => `library/${name}.ts`),
  outdir: 'dist/library',
  bundle: true,
  // A class is one class, whichever entry it comes through.
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
});

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.library.json'], { stdio: 'inherit' });

// The compiler leaves the ends of file names in declarations as they are written.
for (const name of await readdir('dist/types', { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join('dist/types', name);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
}
