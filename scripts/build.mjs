// Bundles the executable. DuckDB's native part stays outside: it is a binary of the platform.
import { chmod } from 'node:fs/promises';
import { build } from 'esbuild';

const outfile = 'dist/destination-apollo.mjs';

await build({
  entryPoints: ['connector/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  external: ['@duckdb/node-bindings*'],
  // Bundled CommonJS packages call `require`, which a module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  legalComments: 'linked',
  sourcemap: 'linked',
  logLevel: 'warning',
});
await chmod(outfile, 0o755);
