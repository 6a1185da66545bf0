// Runs the executable under real PyAirbyte, the newest version and the oldest that is promised: `npm run test:pyairbyte`.
// `PYAIRBYTE=0.71.3` runs one of them. The first run makes virtual environments (minutes); later ones reuse them. Exit code
// 77: there is no fit Python, so nothing was tested.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment, root, startEmulator } from '../support/python-environment.mjs';

const versions = process.env['PYAIRBYTE']?.split(',') ?? ['0.55.2', '0.71.3'];
// Airbyte's models of its metadata files. What they ask for, pip would take long to agree with PyAirbyte.
const models = 'airbyte-connector-models==0.1.12';

async function checks(version) {
  const programs = pythonEnvironment([`airbyte==${version}`], {
    to: [3, 13],
    alone: [models],
    constraints: `airbyte-${version}`,
  });
  const folder = mkdtempSync(join(tmpdir(), 'pyairbyte-'));
  const { url, stop } = await startEmulator('--plan', 'unlimited');
  try {
    // A path without the folders above it: PyAirbyte takes one that contains `source-` for a source.
    const args = [join(import.meta.dirname, 'checks.py'), './dist/destination-apollo.mjs', url, folder];
    const { status } = spawnSync(join(programs, 'python'), args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // It caches below the working directory otherwise, and logs below the system's.
      env: { ...process.env, AIRBYTE_PROJECT_DIR: folder, AIRBYTE_LOGGING_ROOT: join(folder, 'logs') },
    });
    console.log(`PyAirbyte ${version}: ${status === 0 ? 'all checks passed' : 'a check failed'}`);
    return status === 0;
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const version of versions) if (!(await checks(version))) process.exitCode = 1;
