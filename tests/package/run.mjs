// The package as a person gets it: packed, installed into an empty folder, and used: `npm run test:package`, which builds it before.
// Exit code 77: DuckDB cannot be installed here, so nothing was tested.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// DuckDB's library alone is 70 MB of it.
const MAX_MEGABYTES = 90;
const MAX_BUNDLE_MEGABYTES = 2;

const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-package-'));
const shell = process.platform === 'win32';

const chunksIn = (path) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => join(path, name));
const npm = (args, cwd) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', shell, stdio: ['ignore', 'pipe', 'inherit'] });
const program = (...args) => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'destination-apollo', ...args], {
    cwd: folder,
    encoding: 'utf8',
    shell,
  });
  assert.equal(status, 0, `destination-apollo ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
};

const checks = {
  'DuckDB alone is installed with it'() {
    const names = (path) => readdirSync(join(folder, 'node_modules', path)).filter((name) => !name.startsWith('.'));
    assert.deepEqual(names('.'), ['@duckdb', 'destination-apollo', 'detect-libc']);
    for (const name of names('@duckdb')) assert.match(name, /^node-(api|bindings(-[a-z0-9-]+)?)$/);
  },
  [`${MAX_MEGABYTES} MB are enough for all of it`]() {
    const megabytes = bytesOf(join(folder, 'node_modules')) / 1e6;
    console.log(`      ${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes <= MAX_MEGABYTES, `${megabytes} MB`);
  },
  [`${MAX_BUNDLE_MEGABYTES} MB are enough for the program`]() {
    const dist = join(folder, 'node_modules', manifest.name, 'dist');
    const files = [join(dist, 'destination-apollo.mjs'), ...chunksIn(join(dist, 'chunks'))];
    const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
    console.log(`      ${megabytes.toFixed(2)} MB`);
    assert.ok(megabytes <= MAX_BUNDLE_MEGABYTES, `${megabytes} MB`);
  },
  'it says its version'() {
    assert.equal(program('--version').trim(), `destination-apollo ${manifest.version}`);
  },
  'the demo runs to its end'() {
    const said = program('demo');
    assert.match(said, /^1,966 contacts and 392 accounts\.$/m);
    assert.match(said, /^Done in \d+ s\./m);
  },
  'init writes a configuration, which preview takes'() {
    const source = ['--source', join('demo', 'warehouse.duckdb'), '--table', 'marts.contacts', '--object', 'contacts'];
    program('init', ...source, '--match', 'work_email', '--yes');
    assert.match(readFileSync(join(folder, 'sync.yaml'), 'utf8'), /from: work_email/);
  },
  'its four modules can be imported, and a sync run by them'() {
    writeFileSync(join(folder, 'use.mjs'), use);
    execFileSync(process.execPath, ['use.mjs'], { cwd: folder, stdio: 'inherit' });
  },
  'the schema of the configuration can be resolved'() {
    const script = "console.log(import.meta.resolve('destination-apollo/config.schema.json'))";
    const url = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.ok(existsSync(new URL(url.trim())));
  },
};

const use = `
import assert from 'node:assert/strict';
import { ConfigFailure, run, version } from 'destination-apollo';
import * as cdk from 'destination-apollo/cdk';
import { startEmulator } from 'destination-apollo/emulator';
import { MemoryStateStore, VirtualClock } from 'destination-apollo/testing';

assert.equal(version, '${manifest.version}');
assert.equal(cdk.ConfigFailure, ConfigFailure);
assert.ok(new MemoryStateStore() && new VirtualClock());
const emulator = await startEmulator({ plan: 'unlimited' });
const { status, streams } = await run({
  credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
  api_base_url: emulator.url,
  source: { type: 'duckdb' },
  state: { type: 'none' },
  streams: [{ name: 'people', object: 'contacts', query: "select 'ann@acme.example' as email, 'Ann' as first_name" }],
});
assert.deepEqual([status, streams[0].created, emulator.store.contacts.size], ['succeeded', 1, 1]);
await emulator.close();
`;

function bytesOf(path) {
  const names = readdirSync(path, { recursive: true });
  return names.reduce(
    (sum, name) => sum + (statSync(join(path, name)).isFile() ? statSync(join(path, name)).size : 0),
    0,
  );
}

function install() {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }));
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', shell });
  if (status === 0) return true;
  console.error(stderr);
  // What npm says where it reaches no registry, and has not installed the package here before.
  process.exitCode = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E403|E404)\b/.test(stderr) ? 77 : 1;
  if (process.exitCode === 77)
    console.log('NOT RUN: the package: DuckDB cannot be installed here. Nothing was tested.');
  return false;
}

function runChecks() {
  for (const [name, check] of Object.entries(checks)) {
    check();
    console.log(`ok    ${name}`);
  }
  console.log(`${Object.keys(checks).length} passed, 0 failed`);
}

try {
  if (install()) runChecks();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
