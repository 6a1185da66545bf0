import { readFileSync, writeFileSync } from 'node:fs';
import { allProbes } from '../connector/probe/probes/all-probes.ts';
import { assumptionsPage } from '../connector/probe/reference.ts';
import { generatedIn } from './generated.ts';

const path = 'docs/reference/assumptions.md';
writeFileSync(path, generatedIn(readFileSync(path, 'utf8'), 'docs-assumptions', assumptionsPage(allProbes)));
