// The package as it would be published: packed, installed elsewhere, checked, type-checked and run.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: 'inherit' });

run(bin('publint'), ['--strict'], root);
const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-library-'));
try {
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    }),
  );
  // It is a package of ES modules only.
  run(
    bin('attw'),
    [join(folder, filename), '--profile', 'esm-only', '--exclude-entrypoints', 'config.schema.json'],
    root,
  );
  run('tar', ['-xzf', filename], folder);
  // It is found by its name, and beside it what is installed with it: `npm run test:package` installs it for real.
  cpSync(join(folder, 'package'), join(folder, 'node_modules/destination-apollo'), { recursive: true });
  for (const name of ['@duckdb', 'detect-libc'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  cpSync(join(root, 'tests/library/consumer.ts'), join(folder, 'consumer.ts'));
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
  ];
  run(bin('tsc'), [...options, '--typeRoots', join(root, 'node_modules/@types'), 'consumer.ts'], folder);
  run(process.execPath, ['consumer.js'], folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log('The package holds as a library.');
