// The main job, end to end, with nothing but this checkout: an emulator of the API, a DuckDB warehouse, and the commands
// a person would run, printed as they are run.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import './install-missing.mjs';

const folder = 'demo';
const executable = 'dist/destination-apollo.mjs';
const apiKey = 'emulator-key';

const started = Date.now();
await import('./build.mjs');
const { changeWarehouse, makeWarehouse } = await import('./demo/warehouse.mjs');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
title('An emulator of the Apollo API, and a warehouse of 2,000 contacts and 400 accounts');
const { url, stop } = await startEmulator();
try {
  await makeWarehouse(`${folder}/warehouse.duckdb`);
  writeFileSync(`${folder}/sync.yaml`, configuration(url));
  console.log(`The API answers at ${url}; the configuration is ${folder}/sync.yaml.`);

  run('check');
  run('preview');
  run('sync');
  title('A day later: 20 promotions, 15 new people');
  await changeWarehouse(`${folder}/warehouse.duckdb`);
  run('sync');

  title('What Apollo holds now');
  const { contacts, accounts } = await totals(url);
  console.log(`${contacts.toLocaleString('en-US')} contacts and ${accounts.toLocaleString('en-US')} accounts.`);
  console.log(`Every row that was refused stands in ${folder}/rejects.jsonl with its reason; the first one:\n`);
  spawnSync('head', ['-n', '1', `${folder}/rejects.jsonl`], { stdio: 'inherit' });
  console.log(
    `\nDone in ${Math.round((Date.now() - started) / 1000)} s. Look around in ${folder}/, or see README.md for a run against Apollo.`,
  );
} finally {
  stop();
}

function configuration(url) {
  return `# yaml-language-server: $schema=../config.schema.json
credentials: { auth_type: api_key, api_key: "\${APOLLO_API_KEY}" }
api_base_url: ${url}

source:
  type: duckdb
  database: ${folder}/warehouse.duckdb

streams:
  - name: accounts
    table: marts.accounts
    object: accounts
    primary_key: account_id
    mapping:
      - { to: name, from: company }
      - { to: domain, from: website }
      - { to: phone, from: phone }
  - name: contacts
    table: marts.contacts
    object: contacts
    primary_key: customer_id
    lists: [Warehouse sync]
    mapping:
      - { to: email, from: work_email }
      - { to: first_name, from: given_name }
      - { to: last_name, from: family_name }
      - { to: title, from: job_title }
      - { to: organization_name, from: company }
      - { to: mobile_phone, from: mobile }

rate_limits: { plan: organization }
rejects: { path: ${folder}/rejects.jsonl }
state: { type: duckdb, path: ${folder}/state.duckdb }
`;
}

function run(command) {
  title(`destination-apollo ${command} --config ${folder}/sync.yaml`);
  const output = command === 'check' ? [] : ['--output', 'text'];
  const { status } = spawnSync(process.execPath, [executable, command, '--config', `${folder}/sync.yaml`, ...output], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, APOLLO_API_KEY: apiKey },
  });
  if (status !== 0) throw new Error(`${command} ended with exit code ${status}`);
}

async function startEmulator() {
  const child = spawn(process.execPath, [executable, 'emulator', '--port', '0', '--plan', 'unlimited'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve([line]))),
    new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`the emulator ended with ${code}`)))),
  ]);
  return { url, stop: () => child.kill() };
}

async function totals(url) {
  const count = async (object) => {
    const answer = await fetch(`${url}/${object}/search`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: '{"per_page":1}',
    });
    return (await answer.json()).pagination.total_entries;
  };
  return { contacts: await count('contacts'), accounts: await count('accounts') };
}

function title(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 100 - text.length))}\n`);
}
