import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { scaffolder } from '../../connector/scaffolder.ts';
import { init } from '../../runtime/init/init.ts';
import type { InitOptions } from '../../runtime/init/init-options.ts';
import { originOf } from '../../runtime/init/init-source.ts';
import { suggested } from '../../runtime/init/questions.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';

const people: readonly TestRow[] = Array.from({ length: 30 }, (_, i) => ({
  customer_id: i,
  work_email: `ann${i}@acme${i}.com`,
}));

/** A folder with a file that says where rows are: in a database, and in another that is attached to it. */
async function place() {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [own, other] = [join(folder, 'own.duckdb'), join(folder, 'other.duckdb')];
  await makeWarehouse(own, { companies: [{ homepage: 'acme.com', id: 1 }] });
  await makeWarehouse(other, { people, 'odd.name': people });
  const to = join(folder, 'sync.yaml');
  writeFileSync(
    to,
    `source:\n  type: duckdb\n  database: ${own}\n  attach:\n    - { path: "\${OTHER}", type: duckdb, alias: wh } # ours\n`,
  );
  const hidden: string[] = [];
  const run = async (options: Partial<InitOptions>, environment: Readonly<Record<string, string>> = { OTHER: other }) =>
    init(
      scaffolder('0'),
      { to, add: true, yes: true, force: false, ...options },
      {
        answers: suggested,
        environment,
        source: { temporaryDirectory: folder },
        signal: new AbortController().signal,
        tell: async () => {},
        hide: (secret) => void hidden.push(secret),
        program: 'destination-apollo',
      },
    );
  return { run, to, other, hidden };
}

test('tables of an attached database are listed, described and taken, and the file stays as it was', async () => {
  const { run, to, other } = await place();
  expect(await run({ tables: true })).toBe('companies\nwh."odd.name"\nwh.people\n');
  const { source, tables } = JSON.parse(await run({ json: true }));
  expect(tables.map(({ table }: { table: string }) => table)).toEqual(['companies', 'wh."odd.name"', 'wh.people']);
  expect(tables[2]).toMatchObject({ rows: 30, suggestions: { contacts: { primary_key: 'customer_id' } } });
  // As the file has it: a variable may hold a secret.
  expect(source.attach[0].path).toBe(`\${OTHER}`);
  const before = readFileSync(to, 'utf8');
  await run({ table: 'wh.people' });
  const after = readFileSync(to, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  expect(after).not.toContain(other);
  expect(parse(after).streams).toEqual([
    expect.objectContaining({
      name: 'people',
      table: 'wh.people',
      object: 'contacts',
      primary_key: 'customer_id',
      mapping: [{ to: 'email', from: 'work_email' }],
    }),
  ]);
  await expect(run({ table: 'wh.peple' })).rejects.toThrow('near it: wh.people');
  await expect(run({ tables: true }, {})).rejects.toThrow('the environment variable OTHER is not set');
});

test('an address is refused where it says a password, and told where it cannot be read', async () => {
  const { run, hidden } = await place();
  const source = 'postgres://reader:canary-of-the-line@127.0.0.1:1/wh';
  const refused = await run({ source, add: false, tables: true }).catch(String);
  expect(refused).toContain('Put it into the environment variable PGPASSWORD');
  expect(refused).not.toContain('canary');
  expect(hidden).toContain('canary-of-the-line');
  await expect(run({ source: 'postgres:', add: false, tables: true })).rejects.toThrow(
    'expected postgres://HOST:PORT/DATABASE, with USER@ before the host',
  );
});

test('of an address the password alone is hidden, which the file names by its variable', async () => {
  const hidden: string[] = [];
  const variables = { environment: { PGPASSWORD: 'short' }, hide: (secret: string) => void hidden.push(secret) };
  const { source, opened } = await originOf('postgres://reader@db.example/marts?sslmode=require', variables);
  const secret = { name: 'warehouse', type: 'postgres', host: 'db.example', port: 5432, database: 'marts' };
  const attach = [{ path: 'sslmode=require', type: 'postgres', alias: 'wh', secret: 'warehouse' }];
  const written = { ...secret, user: 'reader', password: `\${PGPASSWORD}` };
  expect(source).toEqual({ type: 'duckdb', secrets: [written], attach });
  expect(opened).toEqual({ type: 'duckdb', secrets: [{ ...written, password: 'short' }], attach });
  // `marts` may be a schema too, and stands in the names of its tables then.
  expect(hidden).toEqual(['short']);
});
