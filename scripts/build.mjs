// Bundles the executable: a file that starts, and chunks that it loads when a command needs them. DuckDB's native part stays
// outside: it is a binary of the platform.
import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const entry = 'dist/destination-apollo.mjs';
const common = { bundle: true, platform: 'node', target: 'node20.19', format: 'esm', logLevel: 'warning' };

/** A module whose exports never change stands in the bundle as what they are. */
const madeHere = {
  name: 'made-here',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]printed-specification\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...common, entryPoints: [path], write: false });
      const { printed } = await import(
        `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
      );
      return { contents: `export const printed = ${JSON.stringify(printed)};` };
    });
  },
};

await rm('dist/chunks', { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { 'destination-apollo': 'connector/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  minify: true,
  // Of a package that has both, the modules: what is not used of them is left out.
  mainFields: ['module', 'main'],
  external: ['@duckdb/node-bindings*'],
  plugins: [madeHere],
  // Bundled CommonJS packages call `require`, which a module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  charset: 'utf8',
  legalComments: 'linked',
  sourcemap: 'linked',
});
await chmod(entry, 0o755);
