import { writeFile } from 'node:fs/promises';
import { editorSchema } from '../spec/editor-schema.ts';

await writeFile(new URL('../config.schema.json', import.meta.url), `${JSON.stringify(editorSchema(), null, 2)}\n`);
