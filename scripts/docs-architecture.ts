import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { architectureTable } from '../tests/architecture.ts';
import { generatedIn } from './generated.ts';

const page = fileURLToPath(new URL('../CONTRIBUTING.md', import.meta.url));
writeFileSync(page, generatedIn(readFileSync(page, 'utf8'), 'docs-architecture', architectureTable()));
