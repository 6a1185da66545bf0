import { ConfigFailure } from '../../contract/failure.ts';
import type { ServerState } from '../../contract/state-config.ts';
import { identifier } from '../../duckdb/sql.ts';
import { newerState, protectedRecords, SCHEMA_VERSION } from '../schema.ts';
import { type Columns, TABLES } from '../tables.ts';
import type { ServerClient } from './client.ts';
import { storeText } from './parameters.ts';

/** The types of columns as PostgreSQL has them. */
const types: Readonly<Record<Columns[string], string>> = {
  varchar: 'text',
  ubigint: 'numeric(20, 0)',
  bigint: 'bigint',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamp',
};

/** What is looked for by people, and by runs: everything else is read from end to end. */
const indexes: readonly (readonly [name: string, on: string, kind?: 'unique'])[] = [
  ['records_by_key', 'records (stream, primary_key)'],
  ['journal_by_stream', 'journal (stream)'],
  ['calls_by_run', 'calls (run_id)'],
  ['windows_by_name', 'windows (action, window_name)', 'unique'],
];

/**
 * Makes the tables of a state store where there are none, in a schema that is made where the role may do so. Throws ConfigFailure
 * where a newer release has written them, or where the role lacks a right.
 */
export async function prepareSchema(client: ServerClient, at: ServerState): Promise<void> {
  const { schema } = at;
  await client.transact(async () => {
    // Of several workers that begin at once, one makes the tables.
    await client.rows(`select pg_advisory_xact_lock(hashtext('state store'), hashtext($1))`, [schema]);
    const [{ there }] = (await client.rows('select to_regnamespace($1) is not null as there', [
      identifier(schema),
    ])) as [{ there: boolean }];
    if (!there) await client.rows(`create schema ${identifier(schema)}`);
    await requireRights(client, at);
    const version = await storedVersion(client, at);
    if (version === SCHEMA_VERSION) return;
    for (const sql of statements(schema, version)) await client.rows(sql);
  });
}

async function requireRights(client: ServerClient, at: ServerState): Promise<void> {
  const [{ may, is_replica }] = (await client.rows(
    `select has_schema_privilege($1, 'create') as may, pg_is_in_recovery() as is_replica`,
    [at.schema],
  )) as [{ may: boolean; is_replica: boolean }];
  if (is_replica) {
    throw new ConfigFailure(
      `${storeText(at)}: it is a replica that cannot be written: give the address of the primary.`,
      {
        code: 'invalid_state',
      },
    );
  }
  if (may) return;
  const message = `${storeText(at)}: the role may not make tables in this schema; it needs one of its own: \`create schema ${at.schema} authorization ROLE\`.`;
  throw new ConfigFailure(message, { code: 'invalid_state' });
}

/** The version of the tables in a schema; 0 where there are none. Throws ConfigFailure where it is newer than this program. */
async function storedVersion(client: ServerClient, at: ServerState): Promise<number> {
  const meta = `${identifier(at.schema)}.meta`;
  const [{ there }] = (await client.rows('select to_regclass($1) is not null as there', [meta])) as [
    { there: boolean },
  ];
  if (!there) return 0;
  const [found] = await client.rows(`select value from ${meta} where key = 'schema_version'`);
  const version = Number(found?.['value'] ?? 0);
  if (version > SCHEMA_VERSION) throw newerState(at, version);
  return version;
}

/** What brings a schema from a version to the newest one: tables, columns, and what is to stand in them. */
function statements(schema: string, version: number): readonly string[] {
  const table = (name: string): string => `${identifier(schema)}.${name}`;
  const columns = (all: Columns): readonly string[] =>
    Object.entries(all).map(([name, type]) => `${identifier(name)} ${types[type]}`);
  return [
    ...Object.entries(TABLES).flatMap(([name, all]) => [
      `create table if not exists ${table(name)} (${columns(all).join(', ')})`,
      ...columns(all).map((column) => `alter table ${table(name)} add column if not exists ${column}`),
    ]),
    `create table if not exists ${table('meta')} (key text, value text)`,
    ...(version < 15 ? [protectedRecords(table)] : []),
    ...indexes.map(([name, on, kind = '']) => `create ${kind} index if not exists ${identifier(name)} on ${table(on)}`),
    `delete from ${table('meta')} where key = 'schema_version'`,
    `insert into ${table('meta')} values ('schema_version', '${SCHEMA_VERSION}')`,
  ];
}
