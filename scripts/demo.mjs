// The demo of this checkout: installs and builds what is missing, and runs the command that the package has.
import { spawnSync } from 'node:child_process';
import './install-missing.mjs';

await import('./build.mjs');
const { status } = spawnSync(process.execPath, ['dist/destination-apollo.mjs', 'demo'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
