import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configPath, type Session, stateAtOf } from '../../../../runtime/commands/shared/session.ts';

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const session = (environment: Readonly<Record<string, string>> = {}): Session =>
  ({ environment, program: { name: 'destination-toy' } }) as unknown as Session;

it('the configuration is the one named, else that of the environment, else sync.yaml', () => {
  const told = session({ DESTINATION_TOY_CONFIG: 'told.yaml' });
  expect(() => configPath(session(), undefined)).toThrow(/say --config FILE.*DESTINATION_TOY_CONFIG.*sync\.yaml/);
  expect(configPath(told, undefined)).toBe('told.yaml');
  writeFileSync('sync.yaml', 'streams: []\n');
  expect([configPath(session(), undefined), configPath(told, undefined), configPath(told, 'named.yaml')]).toEqual([
    'sync.yaml',
    'told.yaml',
    'named.yaml',
  ]);
});

it('where state is kept is known without a key and without the rest of the configuration', async () => {
  const write = (text: string) => writeFileSync('sync.yaml', `credentials: { api_key: "\${NOT_SET}" }\n${text}`);
  write('state: { path: here.duckdb }');
  expect(await stateAtOf(session(), undefined)).toBe('here.duckdb');
  write('');
  expect(await stateAtOf(session(), undefined)).toBe('.destination-toy/state.duckdb');
  write(`state: { path: "\${PLACE}/s.duckdb" }`);
  expect(await stateAtOf(session({ PLACE: '/x' }), undefined)).toBe('/x/s.duckdb');
  write('state: { type: none }');
  await expect(stateAtOf(session(), undefined)).rejects.toThrow(/keeps none/);
});
