// Runs examples/dagster under real Dagster against the emulator: `npm run test:dagster`.
// The first run makes a virtual environment (minutes); later ones reuse it. Exit code 77: there is no fit Python, so
// nothing was tested.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable, pythonEnvironment, root, run, startEmulator } from '../support/python-environment.mjs';

const programs = pythonEnvironment(['dagster==1.13.29'], { to: [3, 15], constraints: 'dagster' });
const folder = mkdtempSync(join(tmpdir(), 'dagster-'));
const { url, stop } = await startEmulator();
try {
  run(process.execPath, [join(import.meta.dirname, 'warehouse.mjs'), join(folder, 'warehouse.duckdb')]);
  const checks = [join(import.meta.dirname, 'checks.py'), process.execPath, executable, url];
  const { status } = spawnSync(join(programs, 'python'), checks, {
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
  stop();
  rmSync(folder, { recursive: true, force: true });
}
