import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutants } from './mutants.ts';

// Applies each mutant to a copy of the tree and runs the tests that should notice it. Exit code 1 where one survives, or
// stands in no file any more. Arguments choose mutants by a part of their file's name or of what they change.

const root = join(import.meta.dirname, '..');
/** What is made, or is not ours: everything else a test may read. */
const left = new Set(['.git', 'node_modules', 'dist'].map((name) => join(root, name)));

type Ending = 'killed' | 'survived' | 'stale';

function main(chosen: readonly string[]): number {
  const tree = mkdtempSync(join(tmpdir(), 'destination-apollo-mutants-'));
  try {
    cpSync(root, tree, { recursive: true, filter: (path) => !left.has(path) });
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    const wanted = mutants.filter(
      ({ file, from }) => chosen.length === 0 || chosen.some((part) => file.includes(part) || from.includes(part)),
    );
    const tests = [...new Set(wanted.flatMap((mutant) => mutant.tests))];
    if (!passes(tree, tests)) {
      console.error('The tests fail without any mutant.');
      return 1;
    }
    const endings = wanted.map((mutant) => told(mutant, ending(tree, mutant)));
    const count = (of: Ending) => endings.filter((one) => one === of).length;
    console.log(`${count('killed')} killed, ${count('survived')} survived, ${count('stale')} stale`);
    return count('killed') === wanted.length ? 0 : 1;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function ending(tree: string, { file, from, to, tests }: Mutant): Ending {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) return 'stale';
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    return passes(tree, tests) ? 'survived' : 'killed';
  } finally {
    writeFileSync(path, text);
  }
}

function passes(tree: string, tests: readonly string[]): boolean {
  const vitest = join(tree, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--reporter=dot', '--testTimeout=30000', ...tests];
  const { status } = spawnSync(process.execPath, args, { cwd: tree, stdio: 'ignore', timeout: 180_000 });
  return status === 0;
}

function told({ file, from, to }: Mutant, ending: Ending): Ending {
  const line = (text: string): string => JSON.stringify(text.trim()).slice(0, 70);
  console.log(`${ending.padEnd(8)} ${file}: ${line(from)} -> ${line(to)}`);
  return ending;
}

process.exitCode = main(process.argv.slice(2));
