import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');
const made = new Map<string, Promise<string>>();

/** The program in one file, which starts in a fraction of the time that its sources take; made once in a process. */
export const programFile = (): Promise<string> => bundled('connector/main.ts');

/** A module of the project and all that it imports, in one file. */
export function bundled(entry: string): Promise<string> {
  const known = made.get(entry) ?? bundle(entry);
  made.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const outfile = join(tmpdir(), 'programs', `${process.pid}-${entry.replaceAll(/\W/g, '-')}.mjs`);
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // It has a native part, and is found beside the folder for temporary files.
    external: ['@duckdb/*'],
    // Bundled CommonJS packages call `require`, which a module does not have.
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}
