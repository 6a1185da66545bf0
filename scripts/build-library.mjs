// What `import ... from 'destination-apollo'` gives: modules that share their chunks, and types by the compiler. All but DuckDB is
// in them: what is installed with the package is DuckDB alone.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { settleTypes } from './library-types.mjs';

const entries = ['index', 'cdk', 'emulator', 'testing'];
for (const folder of ['dist/library', 'dist/types']) await rm(folder, { recursive: true, force: true });

await build({
  entryPoints: entries.map((name) => `library/${name}.ts`),
  outdir: 'dist/library',
  bundle: true,
  // A class is one class, whichever entry it comes through.
  splitting: true,
  // As for the executable: of a package that has both, the modules.
  mainFields: ['module', 'main'],
  external: ['@duckdb/*'],
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minifyWhitespace: true,
  minifySyntax: true,
  // Bundled CommonJS packages call `require`, which a module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
});

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.library.json'], { stdio: 'inherit' });

await settleTypes('dist/types', entries);
