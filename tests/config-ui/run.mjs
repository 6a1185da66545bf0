// Draws the configuration with rjsf and JSON Forms in Chromium, and completes it with the YAML language server:
// `npm run test:config-ui`. What is missing is installed first: npm packages into this folder, Chromium from Debian.
// Exit code 77: there is no Chromium, so the forms were not tested.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';

const here = import.meta.dirname;

/** Whether every package that the lock file wants on this machine is there in its version. */
function isInstalled() {
  const installed = join(here, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}

function execute(program, args) {
  return spawnSync(program, args, { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function findChromium() {
  const asked = process.env.CONFIG_UI_CHROMIUM;
  const places = [asked, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((place) => place !== undefined && existsSync(place));
}

function installChromium() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log('Installing Chromium (apt-get install chromium) ...');
  execute('apt-get', ['update', '-qq']) &&
    execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
}

if (!isInstalled()) {
  console.log('Installing the packages of tests/config-ui (npm ci) ...');
  if (!execute('npm', ['ci', '--no-audit', '--no-fund'])) throw new Error('npm ci failed.');
}
if (findChromium() === undefined) installChromium();
const chromium = findChromium();
if (chromium !== undefined) process.env.CONFIG_UI_CHROMIUM = chromium;

const count = { passed: 0, failed: 0 };
const files = ['language-server.checks.mjs', ...(chromium === undefined ? [] : ['forms.checks.mjs'])];
const stream = run({ files: files.map((file) => join(here, file)), concurrency: 1, timeout: 600_000 });
stream.on('test:pass', ({ name, details }) => {
  if (details.type === 'suite') return;
  count.passed++;
  console.log(`ok      ${name} (${Math.round(details.duration_ms)} ms)`);
});
stream.on('test:fail', ({ name, details }) => {
  if (details.type === 'suite') return;
  count.failed++;
  console.log(`FAILED  ${name}\n${details.error.cause?.stack ?? details.error.message}`);
});
stream.on('test:stderr', ({ message }) => process.stderr.write(message));
for await (const _ of stream);

console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
if (chromium === undefined) {
  console.log('NOT RUN: the forms. They need Chromium (set CONFIG_UI_CHROMIUM to one). Nothing of them was tested.');
  process.exitCode ||= 77;
}
