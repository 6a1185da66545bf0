import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Failure } from '../../../../runtime/contract/failure.ts';
import { allRows, failureOf, keyOf, opened } from '../support.ts';
import { type Got, standIn } from './server.ts';

const people = readFileSync(join(import.meta.dirname, '../../../fixtures/clickhouse/people.arrows'));
const path = 'streams[0]';
const statements = '/api/2.0/sql/statements';
const columns = ['id', 'email', 'company'].map((name) => ({ name, type_text: 'STRING' }));

interface Script {
  /** How often the statement is still at work when it is asked for. */
  readonly pending?: number;
  /** Rows that the result is said to have. */
  readonly rows?: number;
  /** Links of the first answer that are over, by their own word or by that of the storage. */
  readonly over?: 'told' | 'refused';
  readonly failure?: { readonly error_code: string; readonly message: string };
}

/** A workspace of Databricks with one result of two parts, three rows each. */
async function workspace({ pending = 0, rows = 6, over, failure }: Script = {}) {
  let asked = 0;
  const link = (index: number, name: string) => ({
    chunk_index: index,
    external_link: `${server.url}/storage/${name}`,
    expiration: over === 'told' && name.startsWith('old') ? '2020-01-01T00:00:00Z' : '2100-01-01T00:00:00Z',
  });
  const answers: readonly (readonly [RegExp, (got: Got) => { status?: number; body: string | Uint8Array }])[] = [
    [/\/oidc\/v1\/token$/, () => json({ access_token: 'made' })],
    [/\/storage\/old/, () => (over === 'refused' ? { status: 403, body: 'expired' } : { body: people })],
    [/\/storage\//, () => ({ body: people })],
    [
      /\/chunks\/(\d)$/,
      ({ url }) => json({ external_links: [link(Number(url.pathname.at(-1)), `new${url.pathname.at(-1)}`)] }),
    ],
    [/\/cancel$/, () => json({})],
    [
      new RegExp(`^${statements}`),
      () => json(asked++ < pending ? { statement_id: 's1', status: { state: 'RUNNING' } } : done()),
    ],
  ];
  const done = () => ({
    statement_id: 's1',
    status: failure ? { state: 'FAILED', error: failure } : { state: 'SUCCEEDED' },
    manifest: { schema: { columns }, total_chunk_count: 2, total_row_count: rows },
    result: { external_links: [link(0, 'old0')] },
  });
  const json = (value: object) => ({ body: JSON.stringify(value) });
  const server = await standIn(
    (got) => answers.find(([is]) => is.test(got.url.pathname))?.[1](got) ?? { status: 404, body: '{}' },
  );
  return server;
}

const config = (url: string) => ({ type: 'databricks' as const, url, warehouse_id: 'w1', access_token: 'Canary' });

test('all parts of a result are read, and links are followed without the token', async () => {
  const { url, got } = await workspace({ pending: 1 });
  const source = await opened({ ...config(url), catalog: 'main', schema: 'marts' });
  expect(await source.columns({ path, table: 'people' })).toEqual(
    columns.map(({ name }) => ({ name, type: 'STRING' })),
  );
  const key = { ...keyOf('email'), primaryKeyColumn: 'id', reads: ['email'] };
  expect(await allRows(source, { table: 'people' }, key)).toHaveLength(6);
  const bodies = got.filter(({ body }) => body.includes('"statement"')).map(({ body }) => JSON.parse(body));
  expect(bodies.at(-1)).toMatchObject({
    statement: 'select `id`, `email` from `people` order by `id`',
    warehouse_id: 'w1',
    catalog: 'main',
    schema: 'marts',
    disposition: 'EXTERNAL_LINKS',
    format: 'ARROW_STREAM',
  });
  const stored = got.filter(({ url: asked }) => asked.pathname.startsWith('/storage'));
  expect(stored.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  expect(
    got
      .filter(({ url: asked }) => asked.pathname.startsWith(statements))
      .every(({ authorization }) => authorization === 'Bearer Canary'),
  ).toBe(true);
});

test.each(['told', 'refused'] as const)('a link that is over (%s) is asked for once more', async (over) => {
  const { url, got } = await workspace({ over });
  expect(await allRows(await opened(config(url)), { table: 'people' })).toHaveLength(6);
  expect(got.some(({ url: asked }) => asked.pathname === '/storage/new0')).toBe(true);
});

test('a result that has not all rows does not count', async () => {
  const { url } = await workspace({ rows: 7 });
  const failure = await failureOf(allRows(await opened(config(url)), { table: 'people' }));
  expect(failure).toMatchObject({ code: 'source_unreadable', message: 'streams[0].table: 6 of 7 rows came' });
});

test('a service principal signs in once', async () => {
  const { url, got } = await workspace();
  const { access_token: _, ...rest } = config(url);
  await allRows(await opened({ ...rest, client_id: 'id', client_secret: 'Canary' }), { table: 'people' });
  const logins = got.filter(({ url: asked }) => asked.pathname === '/oidc/v1/token');
  expect(logins.map(({ authorization }) => authorization)).toEqual([
    `Basic ${Buffer.from('id:Canary').toString('base64')}`,
  ]);
  expect(got.at(-1)!.url.href).not.toContain('Canary');
});

test.each([
  [
    { error_code: 'BAD_REQUEST', message: '[TABLE_OR_VIEW_NOT_FOUND] The table `people` cannot be found.' },
    'invalid_source',
    'The table `people`',
  ],
  [
    { error_code: 'INTERNAL_ERROR', message: "[CAST_INVALID_INPUT] The value 'Canary' cannot be cast" },
    'source_unreadable',
    'INTERNAL_ERROR',
  ],
])('a statement that ends with %j is told without values', async (failure, code, said) => {
  const { url } = await workspace({ failure });
  const thrown = (await failureOf(allRows(await opened(config(url)), { table: 'people' }))) as Failure;
  expect(thrown.code).toBe(code);
  expect(thrown.message).toContain(said);
  expect(thrown.message).not.toContain('Canary');
});

test('a token that is refused is a matter of the configuration', async () => {
  const { url } = await standIn(() => ({ status: 403, body: '{"error_code":"PERMISSION_DENIED"}' }));
  const thrown = await failureOf(allRows(await opened(config(url)), { table: 'people' }));
  expect(thrown).toMatchObject({ code: 'invalid_source' });
});
