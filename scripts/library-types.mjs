// The types of the library as they are published: those that its entries reach, without a word of packages that are not installed.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

const specifier = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

/** Rewrites the declarations in this folder, and deletes those that no entry reaches. Throws where one needs a package that is not installed. */
export async function settleTypes(folder, entries) {
  await plainConfig(join(folder, 'spec/config.d.ts'));
  const kept = await reachable(folder, entries);
  for (const name of await readdir(folder, { recursive: true })) {
    if (name.endsWith('.d.ts') && !kept.has(normalize(name))) await rm(join(folder, name));
  }
}

/** The declarations that entries reach, with the ends of file names as a package has them: the compiler leaves them as they are written. */
async function reachable(folder, entries) {
  const kept = new Set();
  const open = entries.map((name) => join('library', `${name}.d.ts`));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    const text = await readFile(join(folder, name), 'utf8');
    for (const [, to] of text.matchAll(specifier)) {
      if (to.startsWith('.')) open.push(join(dirname(name), to.replace(/\.(ts|js)$/, '.d.ts')));
      else if (!to.startsWith('node:') && !to.startsWith('@duckdb/'))
        throw new Error(`${name} needs ${to}, which is not installed.`);
    }
    await writeFile(join(folder, name), text.replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
  return kept;
}

/** The configuration is a type that zod infers. Whoever imports it has no zod: it is written out as what was inferred. */
async function plainConfig(path) {
  const program = ts.createProgram([path], {
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const { TypeFormatFlags: flag } = ts;
  const written = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source))
    .filter(({ flags }) => flags & ts.SymbolFlags.TypeAlias)
    .map((symbol) => {
      const text = checker.typeToString(
        checker.getDeclaredTypeOfSymbol(symbol),
        undefined,
        flag.NoTruncation | flag.InTypeAlias,
      );
      // zod infers keys of any name beside named ones of other types, which cannot be written out but as `unknown`.
      return `export type ${symbol.name} = ${text.replace(/\[x: string\]: [^;]+;/g, '[x: string]: unknown;')};\n`;
    });
  await writeFile(path, written.join('\n'));
}
