import { expect, test } from 'vitest';
import { secretsIn, secretsOfSource } from '../../../runtime/config/source-secrets.ts';

test('every value of a secret is one, but for what names it and what says what it is for', () => {
  const source = {
    type: 'duckdb',
    secrets: [
      {
        name: 'pg',
        type: 'postgres',
        provider: 'config',
        scope: 's3://marts',
        host: 'db.internal.example',
        password: 'p',
      },
      {
        type: 'http',
        extra_http_headers: { Authorization: 'Bearer x', 'X-Tenant': 'acme-tenant' },
        scope: ['https://a'],
      },
    ],
  };
  expect(secretsOfSource(source)).toEqual(['db.internal.example', 'p', 'Bearer x', 'acme-tenant']);
});

test('a word that messages are made of is no secret, unless its key says so', () => {
  const secret = { type: 'postgres', host: 'localhost', database: 'warehouse', user: 'ro', port: 5432, ssl: true };
  expect(secretsOfSource({ secrets: [{ ...secret, hostaddr: '127.0.0.1' }] })).toEqual([]);
  expect(secretsOfSource({ secrets: [{ ...secret, password: 'warehouse', token: 12 }] })).toEqual(['warehouse', '12']);
});

test('options and settings have secrets too', () => {
  const source = {
    attach: [{ path: 'a.duckdb', options: { encryption_key: 'key-1', data_path: 's3://lake' } }, 'stray'],
    settings: { motherduck_token: 'tok-1', pg_pages_per_task: 100 },
    password: 'pw-1',
    database: 'a.duckdb',
  };
  expect(secretsOfSource(source)).toEqual(['key-1', 'tok-1', 'pw-1']);
});

test.each([[undefined], [null], ['text'], [[]], [{ secrets: 'text', attach: 1, settings: [] }]])(
  'there are none in %j',
  (source) => {
    expect(secretsOfSource(source)).toEqual([]);
  },
);

test('a state store has those of its address, and of its object store', () => {
  const secrets = [{ type: 's3', key_id: 'AKIA-1', secret: 'sk-1' }];
  const state = { type: 'ducklake', url: 'postgres://sync:a%2Fb@db.example.com/analytics', secrets };
  expect(secretsIn({ state })).toEqual(['AKIA-1', 'sk-1', 'a%2Fb', 'a/b']);
});
