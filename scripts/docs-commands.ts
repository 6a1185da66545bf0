import { readFileSync, writeFileSync } from 'node:fs';
import { commandReference, exitCodeTable } from '../runtime/cli/reference.ts';
import { generatedIn } from './generated.ts';

const parts = { 'docs/commands.md': commandReference('destination-apollo'), 'README.md': exitCodeTable() };
for (const [path, text] of Object.entries(parts))
  writeFileSync(path, generatedIn(readFileSync(path, 'utf8'), 'docs-commands', text));
