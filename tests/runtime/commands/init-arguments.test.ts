import { expect, test } from 'vitest';
import { parseArguments } from '../../../runtime/cli/arguments.ts';

const program = { name: 'destination-toy', version: '0', summary: 'x', environment: {} };
const parsed = (...argv: string[]) => parseArguments(argv, program);

test('init takes an answer to each of its questions', () => {
  const options = ['--source', 'w.duckdb', '--table', 'a.b', '--object', 'contacts', '--match', 'mail'];
  const others = [
    '--key-variable',
    'KEY',
    '--api-base-url',
    'http://127.0.0.1:1',
    '--to',
    'x.yaml',
    '--yes',
    '--force',
  ];
  expect(parsed('init', ...options, ...others)).toEqual({
    name: 'init',
    options: {
      source: 'w.duckdb',
      table: 'a.b',
      object: 'contacts',
      match: 'mail',
      keyVariable: 'KEY',
      apiBaseUrl: 'http://127.0.0.1:1',
      to: 'x.yaml',
      yes: true,
      force: true,
      add: false,
      json: false,
    },
  });
});

test('init asks where nothing is given, and overwrites nothing', () => {
  expect(parsed('init')).toEqual({ name: 'init', options: { yes: false, force: false, add: false, json: false } });
  expect(parsed('init', '--tabel', 'x').name).toBe('usage');
  expect(parsed('init', 'warehouse.duckdb').name).toBe('usage');
});
