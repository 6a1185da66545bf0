// Runs examples/singer against the emulator, with the real target-duckdb and the real Meltano: `npm run test:singer`.
// The first run makes virtual environments (minutes); later ones reuse them. Exit code 77: there is no fit Python, so nothing
// was tested.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { executable, pythonEnvironment, root, startEmulator } from '../support/python-environment.mjs';

// What docs/orchestrators/singer-and-meltano.md tells a user to install.
const target = pythonEnvironment(['target-duckdb==0.8.0', 'duckdb<2'], { to: [3, 14] });
const meltano = pythonEnvironment(['meltano==4.4.1'], { from: [3, 10], to: [3, 15] });

const folder = mkdtempSync(join(tmpdir(), 'singer-'));
const { url, stop } = await startEmulator('--plan', 'unlimited');
const count = { passed: 0, failed: 0 };

/** The example in a folder of its own, pointed at the emulator, with the program on the PATH as a user has it. */
function copy(name) {
  const project = join(folder, name);
  cpSync(join(root, 'examples', 'singer'), project, { recursive: true });
  const config = readFileSync(join(project, 'sync.yaml'), 'utf8');
  writeFileSync(join(project, 'sync.yaml'), `${config}\napi_base_url: ${url}\n`);
  mkdirSync(join(project, 'bin'));
  symlinkSync(executable, join(project, 'bin', 'destination-apollo'));
  return project;
}

async function contacts() {
  const answer = await fetch(`${url.replace('/api/v1', '')}/__emulator/state?of=contacts&per_page=100`);
  return (await answer.json()).entries.map(({ email, first_name, title }) => `${email} ${first_name} ${title}`).sort();
}

const wanted = [1, 2, 3, 4, 5].map(
  (number) => `person${number}@company${number}.example Person ${number} ${number === 5 ? null : 'Analyst'}`,
);

async function check(what, project, command, programs) {
  await fetch(`${url.replace('/api/v1', '')}/__emulator/reset`, { method: 'POST', body: '{}' });
  const child = spawn('bash', ['-eo', 'pipefail', '-c', command], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      APOLLO_API_KEY: 'emulator-key',
      PATH: [join(project, 'bin'), ...programs, process.env.PATH].join(delimiter),
    },
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const found = await contacts();
  const isRight = status === 0 && JSON.stringify(found) === JSON.stringify(wanted);
  count[isRight ? 'passed' : 'failed']++;
  console.log(`${isRight ? 'ok     ' : 'FAILED '} ${what}`);
  if (!isRight) console.log({ status, stdout, stderr, found });
}

try {
  const pipe = './tap_people.py | target-duckdb --config target.json && destination-apollo sync --config sync.yaml';
  await check('a tap, target-duckdb and sync', copy('singer'), pipe, [target]);
  const flow = 'meltano install && meltano run tap-people target-duckdb apollo:sync';
  await check('the same by Meltano', copy('meltano'), flow, [meltano]);
} finally {
  stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
