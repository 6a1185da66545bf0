// Bundles the executable: a file that starts, and chunks that it loads when a command needs them. DuckDB's native part stays
// outside: it is a binary of the platform.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
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

/** Of the package's own manifest, what the program says of itself. */
const manifest = {
  name: 'manifest',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: `export default ${JSON.stringify({ name, version })}` };
    });
  },
};

/** Commander can start programs, and is not asked to. */
const noPrograms = {
  name: 'no-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[/\\]commander[/\\]/.test(importer) ? { path, namespace: 'no-programs' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'no-programs' }, () => ({ contents: 'module.exports = {}' }));
  },
};

/**
 * What is loaded at each start stands in one chunk: all that may be loaded later imports it, so that none of it has a chunk of its own
 * that others share. A file takes half a millisecond to load (measured, Node 20.20).
 */
const oneStart = {
  name: 'one-start',
  setup({ onLoad }) {
    const start = fileURLToPath(new URL('../runtime/cli/entrypoint.ts', import.meta.url));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path === start || path.endsWith('/connector/main.ts')) return undefined;
      return { contents: `${await readFile(path, 'utf8')}\nimport ${JSON.stringify(start)};\n`, loader: 'ts' };
    });
  },
};

const { outputFiles } = await build({
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
  plugins: [madeHere, oneParser, manifest, noPrograms, oneStart],
  charset: 'utf8',
  legalComments: 'linked',
  sourcemap: 'linked',
  write: false,
});

// Packages of CommonJS call `require`, which a module does not have: the chunk that gives it to them makes it.
const requireText = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

await rm('dist/chunks', { recursive: true, force: true });
await mkdir('dist/chunks', { recursive: true });
for (const { path, text } of outputFiles) {
  await writeFile(path, /typeof require<"u"/.test(text) ? `${requireText}${text}` : text);
}
await chmod(entry, 0o755);
