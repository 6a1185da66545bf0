import { expect, test } from 'vitest';
import type { SourceConfig } from '../../../../runtime/contract/source-config.ts';
import { failureOf, opened } from '../support.ts';
import { standIn } from './server.ts';

const secret = 'c4nary-word';
const sources: readonly (readonly [string, (url: string) => SourceConfig])[] = [
  ['ClickHouse', (url) => ({ type: 'clickhouse', url, user: 'r', password: secret })],
  ['Databricks', (url) => ({ type: 'databricks', url, warehouse_id: 'w', access_token: secret })],
  ['Databricks', (url) => ({ type: 'databricks', url, warehouse_id: 'w', client_id: 'r', client_secret: secret })],
];

const broken = async (): Promise<string> => (await standIn(() => undefined)).url;
const servers: readonly (readonly [string, () => Promise<string>])[] = [
  ['whose port is closed', async () => 'http://127.0.0.1:1'],
  ['that breaks the connection', broken],
  ['that speaks no TLS', async () => (await broken()).replace('http:', 'https:')],
];
const cases = sources.flatMap(([name, made]) =>
  servers.map(([trouble, server]) => [name, trouble, made, server] as const),
);

test.each(cases)('a %s %s cannot be read, and is not taken for the destination', async (_, __, made, server) => {
  const source = await opened(made(await server()));
  const failure = await failureOf(source.columns({ path: 'streams[0]', query: 'select 1' }));
  expect(failure).toMatchObject({ code: 'source_unreadable', delivery: 'not-delivered' });
  expect(String(failure)).toMatch(/source: could not get an answer from 127\.0\.0\.1:\d+: /);
  expect(String(failure)).not.toContain(secret);
});
