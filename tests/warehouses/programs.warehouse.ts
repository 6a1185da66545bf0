import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { closeEmulators } from '../support/emulator.ts';
import { bigQuery, CANARY, environments, heldAfter, postgres, psql, python, server, snowflake } from './support.ts';

// The programs of examples/arrow, each with the client that its warehouse has, bring what an attached PostgreSQL brings.
const example = (name: string) => join(import.meta.dirname, '../../examples/arrow', name);
const numbers = Array.from({ length: 20 }, (_, i) => i + 1);

/** Statements in the SQL of each warehouse that make the same 20 people. */
const made = {
  postgres: `create table programs.people as select n::bigint as id, 'p' || n || '@programs.example' as email, 'First' || n as first_name,
    (n * 1.25)::numeric(12, 2) as amount, date '2024-02-28' + n as since, timestamptz '2024-02-28 10:00:00+00' as seen, n % 2 = 0 as active
    from generate_series(1, 20) as g(n)`,
  snowflake: `create table MARTS.PUBLIC.PEOPLE as select column1::number(18, 0) as ID, 'p' || column1 || '@programs.example' as EMAIL,
      'First' || column1 as FIRST_NAME, (column1 * 1.25)::number(12, 2) as AMOUNT, dateadd(day, column1, '2024-02-28'::date) as SINCE,
      '2024-02-28 10:00:00+00:00'::timestamp_tz as SEEN, column1 % 2 = 0 as ACTIVE
      from values ${numbers.map((n) => `(${n})`).join(', ')}`,
  bigQuery: [
    'create schema if not exists marts',
    `create or replace table marts.people as select n as id, concat('p', cast(n as string), '@programs.example') as email,
      concat('First', cast(n as string)) as first_name, cast(n * 1.25 as numeric) as amount,
      date_add(date '2024-02-28', interval n day) as since, timestamp '2024-02-28 10:00:00+00' as seen, mod(n, 2) = 0 as active
      from unnest(generate_array(1, 20)) as n`,
  ],
};

/** What the programs find in their environment. */
const variables = {
  POSTGRES_URL: `postgresql://reader_of_programs:${CANARY}@${server.host}/postgres`,
  DLT_URL: `postgresql+psycopg2://reader_of_programs:${CANARY}@${server.host}/postgres`,
  SNOWFLAKE_ACCOUNT: 'account',
  SNOWFLAKE_USER: 'reader',
  SNOWFLAKE_DATABASE: 'MARTS',
  SNOWFLAKE_EMULATOR: snowflake ?? '',
  BIGQUERY_PROJECT: 'emulated',
  BIGQUERY_EMULATOR_HOST: bigQuery?.split('#')[0] ?? '',
  BIGQUERY_STORAGE_EMULATOR: bigQuery?.split('#')[1] ?? '',
};

beforeAll(async () => {
  Object.assign(process.env, variables);
  psql(`create schema programs; create role reader_of_programs login password '${CANARY}';
    grant usage on schema programs to reader_of_programs; ${made.postgres}; grant select on programs.people to reader_of_programs`);
  if (snowflake !== undefined) {
    execFileSync(environments.snowflake, [join(import.meta.dirname, 'run-in-snowflake.py'), made.snowflake]);
  }
  if (bigQuery === undefined) return;
  for (const query of made.bigQuery) {
    const url = `${variables.BIGQUERY_EMULATOR_HOST}/bigquery/v2/projects/emulated/queries`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, useLegacySql: false }) });
    if (!answer.ok) throw new Error(await answer.text());
  }
});
afterEach(closeEmulators);

let attached: ReturnType<typeof heldAfter> | undefined;
/** What an attached PostgreSQL brings, asked for once. */
const ofAttached = () => {
  const reader = postgres({}, { user: 'reader_of_programs' });
  attached ??= heldAfter(reader, { ...lower, table: 'wh.programs.people' });
  return attached;
};

const columns = ['id', 'email', 'first_name', 'amount', 'since', 'seen', 'active'] as const;

/** A stream whose columns have these names. */
const mappedFrom = (named: (column: string) => string) => ({
  primary_key: named('id'),
  mapping: [
    { to: 'email', from: named('email') },
    { to: 'first_name', from: named('first_name') },
    { to: 'custom:Amount', from: named('amount'), create: 'number' },
    { to: 'custom:Since', from: named('since'), create: 'date' },
    { to: 'custom:Seen', from: named('seen'), create: 'datetime' },
    { to: 'custom:Active', from: named('active'), create: 'boolean' },
  ],
});
const lower = mappedFrom((column) => column);
const upper = mappedFrom((column) => column.toUpperCase());
const select = (table: string) => `select ${columns.join(', ')} from ${table} order by id`;

test.for<[name: string, program: string, script: string, wanted: string, stream: object, isMissing: boolean]>([
  ['PostgreSQL by ADBC', python, 'postgres.py', select('programs.people'), lower, false],
  ['a table by dlt', python, 'dlt_table.py', 'programs.people', lower, false],
  [
    'Snowflake by ADBC',
    environments.snowflake,
    'snowflake.py',
    select('PUBLIC.PEOPLE'),
    upper,
    snowflake === undefined,
  ],
  ['a query of BigQuery', environments.bigQuery, 'bigquery.py', select('marts.people'), lower, bigQuery === undefined],
  [
    'a table of BigQuery by its Storage Read API',
    environments.bigQuery,
    'bigquery.py',
    'marts.people',
    lower,
    bigQuery === undefined,
  ],
])(
  '%s brings the records that an attached PostgreSQL brings',
  async ([, program, script, wanted, stream, isMissing], { skip }) => {
    skip(isMissing, 'its emulator is not here');
    const reader = postgres({}, { user: 'reader_of_programs' });
    const attached = await heldAfter(reader, { ...lower, table: 'wh.programs.people' });
    expect(attached).toMatchObject({ first: { created: 20 }, again: { unchanged: 20 }, error: '' });
    const expected = await ofAttached();
    expect(expected).toMatchObject({ first: { created: 20 }, again: { unchanged: 20 }, error: '' });
    const source = { type: 'arrow', command: [program, example(script), wanted] };
    expect(await heldAfter(source, stream as Readonly<Record<string, unknown>>)).toEqual(expected);
  },
);
