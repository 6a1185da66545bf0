// Bundles the executable: a file that starts, and chunks that it loads when a command needs them. DuckDB's native part stays
// outside: it is a binary of the platform.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
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
      // The specification is printed at a start that loads nothing else.
      return { contents: path.includes('printed') ? constants(made) : packed(made) };
    });
  },
};

const constants = (exports) =>
  Object.entries(exports)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    .join('\n');

/** As much, compressed: long lists take a third, and are read as fast as the same text in a program. */
function packed(exports) {
  const plain = Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [name, ArrayBuffer.isView(value) ? [...value] : value]),
  );
  const lines = Object.entries(exports).map(([name, value]) => {
    const read = `values[${JSON.stringify(name)}]`;
    const made = ArrayBuffer.isView(value) ? `${value.constructor.name}.from(${read})` : read;
    return name === 'default' ? `export default ${made};` : `export const ${name} = ${made};`;
  });
  return `import { brotliDecompressSync } from 'node:zlib';
const text = ${JSON.stringify(brotliCompressSync(JSON.stringify(plain)).toString('base64'))};
const values = JSON.parse(brotliDecompressSync(Buffer.from(text, 'base64')));
${lines.join('\n')}`;
}

/** The lists of suffixes of domains and of telephone numbers, and the parser of HTTP in WebAssembly. */
const lists = {
  name: 'lists',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](tldts[/\\].*[/\\]data[/\\]trie|metadata\.min\.json)\.js$/ }, async ({ path }) => ({
      contents: packed(await import(path)),
    }));
    onLoad({ filter: /[/\\]llhttp-wasm\.js$/ }, ({ path }) => {
      const text = brotliCompressSync(createRequire(path)(path)).toString('base64');
      return {
        contents: `module.exports = require('node:zlib').brotliDecompressSync(Buffer.from('${text}', 'base64'));`,
      };
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

/** YAML as modules, of which what is not used is left out. They differ from the others in how a warning is shown, and bytes are read. */
const yamlModules = {
  name: 'yaml-modules',
  setup({ onResolve }) {
    const modules = join(createRequire(import.meta.url).resolve('yaml'), '..', '..', 'browser', 'dist', 'index.js');
    onResolve({ filter: /^yaml$/ }, () => ({ path: modules }));
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

/**
 * What packages would load for something that is not asked of them here: commands that are programs of their own, forms as bodies,
 * HTTP/2, which only `allowH2` speaks, schemas as JSON, which are made above, Arrow that is written, and DuckDB's `VARIANT`, which is
 * read as JSON.
 */
const leftOut = {
  name: 'left-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[/\\]commander[/\\]/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    const parts =
      /undici.lib.(web.fetch.body|dispatcher.client-h2)\.js$|zod.v4.core.(to-json-schema|json-schema-processors)\.js$|flatbuffers.mjs.builder\.js$|DuckDBVariantVector\.js$/;
    onLoad({ filter: parts }, async ({ path }) => ({
      contents: /undici|DuckDB/.test(path) ? empty : undefinedAs(Object.keys(await import(path))),
    }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: empty }));
  },
};

const empty = 'module.exports = {};';
const undefinedAs = (names) => names.map((name) => `export const ${name} = undefined;`).join('\n');

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
  plugins: [madeHere, lists, oneParser, yamlModules, manifest, leftOut, oneStart],
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
