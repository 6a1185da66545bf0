// Bundles the executable: a file that starts, and chunks that it loads when a command needs them. DuckDB's native part stays
// outside: it is a binary of the platform.
import { chmod, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const entry = 'dist/destination-apollo.mjs';
const common = { bundle: true, platform: 'node', target: 'node20.19', format: 'esm', logLevel: 'warning' };

/** A module whose exports never change stands in the bundle as what they are. */
const madeHere = {
  name: 'made-here',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](?:printed-specification|made-schema)\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...common, entryPoints: [path], write: false });
      const made = await import(
        `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
      );
      const constants = Object.entries(made).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
      return { contents: constants.join('\n') };
    });
  },
};

/** Of the two forms that the parser of HTTP comes in, the one that every processor runs: answers are small beside what is done with them. */
const oneParser = {
  name: 'one-parser',
  setup({ onResolve }) {
    const plain = createRequire(import.meta.url).resolve('undici/lib/llhttp/llhttp-wasm.js');
    onResolve({ filter: /llhttp_simd-wasm\.js$/ }, () => ({ path: plain }));
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
  plugins: [madeHere, oneParser],
  // Bundled CommonJS packages call `require`, which a module does not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  charset: 'utf8',
  legalComments: 'linked',
  sourcemap: 'linked',
});
await chmod(entry, 0o755);
