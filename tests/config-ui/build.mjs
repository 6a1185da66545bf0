import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;

/** Which library draws, and which of the two schemas. */
export const drawers = ['rjsf', 'json-forms'];
export const schemas = ['spec', 'editor'];

/** Makes a folder with a page for each library and schema: `rjsf-spec/page.html`. */
export async function buildPages(folder, schemaOf) {
  for (const drawer of drawers) {
    const { outputFiles } = await build({
      entryPoints: [join(here, 'pages', `${drawer}.jsx`)],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'chrome120',
      jsx: 'automatic',
      minify: true,
      define: { 'process.env.NODE_ENV': '"production"' },
      logLevel: 'error',
    });
    for (const schema of schemas) {
      const page = join(folder, `${drawer}-${schema}`);
      await mkdir(page, { recursive: true });
      await copyFile(join(here, 'pages', 'page.html'), join(page, 'page.html'));
      await writeFile(join(page, 'form.js'), outputFiles[0].text);
      await writeFile(join(page, 'schema.json'), JSON.stringify(schemaOf[schema]));
    }
  }
}
