// Runs examples/dagster under real Dagster against the emulator: `npm run test:dagster`.
// The first run makes a virtual environment (minutes); later ones reuse it. Exit code 77: there is no fit Python, so
// nothing was tested.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const version = '1.13.29';
const root = join(import.meta.dirname, '..', '..');
const environment = join(root, 'node_modules', '.cache', `dagster-${version}`);
const python = join(environment, 'bin', 'python');
const complete = join(environment, 'complete');
const executable = join(root, 'dist', 'destination-apollo.mjs');

// Dagster 1.13 needs at least 3.10.
function findPython() {
  const names = [process.env['PYTHON'], 'python3.12', 'python3.11', 'python3.13', 'python3.10', 'python3'];
  const test = 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 15))';
  return names.filter(Boolean).find((name) => spawnSync(name, ['-c', test], { stdio: 'ignore' }).status === 0);
}

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

function install() {
  const base = findPython();
  if (base === undefined) {
    console.log('NOT RUN: the Dagster tests need Python 3.10 or newer (set PYTHON to one). Nothing was tested.');
    process.exit(77);
  }
  console.log(`Installing dagster==${version} for ${base}`);
  rmSync(environment, { recursive: true, force: true });
  run(base, ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `dagster==${version}`]);
  writeFileSync(complete, '');
}

async function startEmulator() {
  const emulator = spawn(process.execPath, [executable, 'emulator', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const url of createInterface({ input: emulator.stdout })) return { emulator, url };
  throw new Error('The emulator did not start.');
}

if (!existsSync(executable)) throw new Error('dist/destination-apollo.mjs is missing: npm run build');
if (!existsSync(complete)) install();

const folder = mkdtempSync(join(tmpdir(), 'dagster-'));
const { emulator, url } = await startEmulator();
try {
  run(process.execPath, [join(import.meta.dirname, 'warehouse.mjs'), join(folder, 'warehouse.duckdb')]);
  const { status } = spawnSync(python, [join(import.meta.dirname, 'checks.py'), process.execPath, executable, url], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      APOLLO_API_KEY: 'emulator-key',
      DAGSTER_HOME: folder,
      DAGSTER_DISABLE_TELEMETRY: '1',
      PYTHONPATH: join(root, 'examples', 'dagster'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  console.log(status === 0 ? 'Dagster: all checks passed' : 'Dagster: a check failed');
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  emulator.kill();
  rmSync(folder, { recursive: true, force: true });
}
