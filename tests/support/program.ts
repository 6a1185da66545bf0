import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');
const made = new Map<string, Promise<string>>();

/** The program as a bundle, which starts in a fraction of the time that its sources take; made once in a process. */
export const programFile = (): Promise<string> => bundled('connector/main.ts');

/** A module of the project with all that it imports: what it imports later stands in files of their own, as in the package. */
export function bundled(entry: string): Promise<string> {
  const known = made.get(entry) ?? bundle(entry);
  made.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const outdir = join(tmpdir(), 'programs', `${process.pid}-${entry.replaceAll(/\W/g, '-')}`);
  await build({
    entryPoints: { program: join(root, entry) },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    // It has a native part, and is found beside the folder for temporary files.
    external: ['@duckdb/*'],
    // Bundled CommonJS packages call `require`, which a module does not have.
    banner: {
      js: "import { createRequire as requiring } from 'node:module';const require = requiring(import.meta.url);",
    },
    logLevel: 'error',
  });
  return join(outdir, 'program.mjs');
}
