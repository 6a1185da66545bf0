// Runs examples/prefect under real Prefect against the emulator: `npm run test:prefect`.
// The first run makes a virtual environment (minutes); later ones reuse it. Exit code 77: there is no fit Python, so
// nothing was tested.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable, pythonEnvironment, root, run, startEmulator } from '../support/python-environment.mjs';

const programs = pythonEnvironment(['prefect==3.9.1'], { to: [3, 15] });
const folder = mkdtempSync(join(tmpdir(), 'prefect-'));
const { url, stop } = await startEmulator();
try {
  run(process.execPath, [join(root, 'tests', 'dagster', 'warehouse.mjs'), join(folder, 'warehouse.duckdb')]);
  const { status } = spawnSync(join(programs, 'python'), [join(import.meta.dirname, 'checks.py'), url], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      APOLLO_API_KEY: 'emulator-key',
      DESTINATION_APOLLO: `${process.execPath} ${executable}`,
      PREFECT_HOME: join(folder, 'home'),
      PREFECT_LOGGING_LEVEL: 'ERROR',
      DO_NOT_TRACK: '1',
      PYTHONPATH: join(root, 'examples', 'prefect'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  stop();
  rmSync(folder, { recursive: true, force: true });
}
