import { readFileSync, writeFileSync } from 'node:fs';
import { codeTables } from './error-codes.ts';
import { generatedIn } from './generated.ts';

const path = 'docs/errors.md';
writeFileSync(path, generatedIn(readFileSync(path, 'utf8'), 'docs-errors', codeTables()));
