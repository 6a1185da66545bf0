// Runs the executable under real PyAirbyte: `npm run build && npm run test:pyairbyte`.
// The first run makes a virtual environment (minutes); later ones reuse it. Exit code 77: there is no fit Python, so
// nothing was tested.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const version = '0.55.2';
const root = join(import.meta.dirname, '..', '..');
const environment = join(root, 'node_modules', '.cache', `pyairbyte-${version}`);
const python = join(environment, 'bin', 'python');
const complete = join(environment, 'complete');
const executable = './dist/destination-apollo.mjs';

// PyAirbyte needs at least 3.10, and less than 3.13.
function findPython() {
  const names = [process.env['PYTHON'], 'python3.11', 'python3.12', 'python3.10', 'python3'].filter(Boolean);
  const test = 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 13))';
  return names.find((name) => spawnSync(name, ['-c', test], { stdio: 'ignore' }).status === 0);
}

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

function install() {
  const base = findPython();
  if (base === undefined) {
    console.log('NOT RUN: the PyAirbyte tests need Python 3.10, 3.11 or 3.12 (set PYTHON to one). Nothing was tested.');
    process.exit(77);
  }
  console.log(`Installing airbyte==${version} for ${base}`);
  rmSync(environment, { recursive: true, force: true });
  run(base, ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `airbyte==${version}`]);
  writeFileSync(complete, '');
}

async function startEmulator() {
  const emulator = spawn(process.execPath, [executable, 'emulator', '--port', '0', '--plan', 'unlimited'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const url of createInterface({ input: emulator.stdout })) return { emulator, url };
  throw new Error('The emulator did not start.');
}

if (!existsSync(join(root, executable))) throw new Error(`${executable} is missing: npm run build`);
if (!existsSync(complete)) install();

const folder = mkdtempSync(join(tmpdir(), 'pyairbyte-'));
const { emulator, url } = await startEmulator();
try {
  const { status } = spawnSync(python, [join(import.meta.dirname, 'checks.py'), executable, url, folder], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // It caches below the working directory otherwise, and logs below the system's.
    env: { ...process.env, AIRBYTE_PROJECT_DIR: folder, AIRBYTE_LOGGING_ROOT: join(folder, 'logs') },
  });
  console.log(status === 0 ? 'PyAirbyte: all checks passed' : 'PyAirbyte: a check failed');
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  emulator.kill();
  rmSync(folder, { recursive: true, force: true });
}
