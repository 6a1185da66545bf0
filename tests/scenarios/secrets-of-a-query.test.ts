import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { temporaryFolder } from '../runtime/source/support.ts';
import { programFile } from '../support/program.ts';

const variable = (name: string) => `\${${name}}`;

// What a driver of a database says when it cannot reach it: the whole connection string.
const query = `select i as id, error('cannot reach ${variable('DSN')} or ${variable('ADDRESS')}') as email from range(3) t(i)`;

test('no command, no file and no event tells what came from the environment into a query', async () => {
  const folder = await temporaryFolder();
  const events: string[] = [];
  const lineage = createServer((request, response) => {
    request.on('data', (data) => events.push(String(data))).on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  await once(lineage, 'listening');
  const emulator = await startEmulator({ plan: 'unlimited' });
  await mkdir(join(folder, 'out'));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      api_base_url: emulator.url,
      source: { type: 'duckdb' },
      streams: [
        { name: 'contacts', object: 'contacts', query, primary_key: 'id', mapping: [{ from: 'email', to: 'email' }] },
      ],
      state: { type: 'duckdb', path: 'out/state.duckdb' },
    }),
  );
  const env = {
    ...process.env,
    DSN: 'host=h user=u password=c4nary-word',
    ADDRESS: 'https://u:c4nary-url@h/',
    APOLLO_API_KEY: 'emulator-key',
    OPENLINEAGE_URL: `http://127.0.0.1:${(lineage.address() as AddressInfo).port}`,
  };
  const said: string[] = [];
  for (const args of [
    ['preview', '--config', 'config.json'],
    ['sync', '--config', 'config.json', '--output', 'json', '--log-format', 'json', '--report', 'out/report.html'],
    ['init', '--yes', '--query', query.replaceAll(/\$\{\w+\}/g, 'password=c4nary-init'), '--to', 'out/new.yaml'],
  ]) {
    const child = spawn(process.execPath, [await programFile(), ...args], { cwd: folder, env });
    child.stdin.end();
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(String(data)));
    await once(child, 'close');
  }
  lineage.close();
  await emulator.close();
  const written = (await readdir(join(folder, 'out'))).map((name) => readFile(join(folder, 'out', name), 'latin1'));
  expect(said.join('').match(/cannot reach/g)?.length).toBeGreaterThanOrEqual(3);
  expect(events.join('')).toContain('cannot reach');
  expect((await Promise.all(written)).join('')).toContain('cannot reach');
  expect([...said, ...events, ...(await Promise.all(written))].join('')).not.toContain('c4nary');
});
