import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..');

/** The built program. */
export const executable = join(root, 'dist', 'destination-apollo.mjs');

/** Runs a program to its end; throws where it ends badly. */
export function run(program, args, options = {}) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/**
 * The folder of programs of a virtual environment with these packages, made below node_modules/.cache where it is missing
 * (minutes). Those of `alone` come without what they ask for, where that is there already. `constraints` names the list of
 * `scripts/constraints` that says which versions of what they ask for are taken. Ends the process with 77, and says so, where
 * there is no Python from `from` to before `to`.
 */
export function pythonEnvironment(packages, { from = [3, 10], to, alone = [], constraints }) {
  const name = [...packages, ...alone].map((each) => each.replaceAll(/[^a-z0-9.]+/gi, '-')).join('_');
  const folder = join(root, 'node_modules', '.cache', name);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    const base = findPython(from, to);
    console.log(`Installing ${packages.join(' ')} for ${base}`);
    rmSync(folder, { recursive: true, force: true });
    run(base, ['-m', 'venv', folder]);
    install(folder, [...constraintsOf(folder, constraints), ...packages]);
    if (alone.length > 0) install(folder, ['--no-deps', ...alone]);
    writeFileSync(complete, '');
  }
  return join(folder, 'bin');
}

// pip may try versions of what a package asks for, one after the other, for as long as one likes.
const PATIENCE_MS = 600_000;

/** The options by which pip takes what was found once; none where that was for another Python. */
function constraintsOf(folder, name) {
  const [python] = readdirSync(join(folder, 'lib'));
  const file = join(root, 'scripts', 'constraints', python, `${name}.txt`);
  return existsSync(file) ? ['--constraint', file] : [];
}

function install(folder, packages) {
  // What it asks for need not be compiled before it is used.
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', ...packages];
  const { status, error } = spawnSync(join(folder, 'bin', 'python'), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: PATIENCE_MS,
  });
  if (error?.code === 'ETIMEDOUT')
    leave(`${packages.join(' ')} was not installed within ${PATIENCE_MS / 60_000} minutes.`);
  if (status !== 0) throw new Error(`pip install ${packages.join(' ')} ended with ${status}`);
}

/** Says what is missing. What has failed before stays a failure. */
function leave(why) {
  console.log(`NOT RUN: ${why}`);
  process.exit(process.exitCode || 77);
}

function findPython(from, to) {
  const names = [process.env['PYTHON'], 'python3.11', 'python3.12', 'python3.13', 'python3.10', 'python3'].filter(
    Boolean,
  );
  const bounds = `(${from.join(', ')}) <= sys.version_info < (${to.join(', ')})`;
  const test = `import sys, venv, ensurepip; sys.exit(not ${bounds})`;
  const found = names.find((name) => spawnSync(name, ['-c', test], { stdio: 'ignore' }).status === 0);
  if (found !== undefined) return found;
  return leave(`a Python from ${from.join('.')} to before ${to.join('.')} is needed (set PYTHON to one).`);
}

/** Starts an emulator of the built program; its address, and how to stop it. */
export async function startEmulator(...options) {
  if (!existsSync(executable)) throw new Error('dist/destination-apollo.mjs is missing: npm run build');
  const emulator = spawn(process.execPath, [executable, 'emulator', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const url of createInterface({ input: emulator.stdout })) return { url, stop: () => emulator.kill() };
  throw new Error('The emulator did not start.');
}
