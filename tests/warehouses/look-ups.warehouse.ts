import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../runtime/contract/clock.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { Runs } from '../support/stateful.ts';
import { newSchema, psql, storeIn } from './support.ts';

/** Workers of one team over one store, each with a folder and a stream of its own. */
async function workers() {
  const emulator = await startApollo();
  const schema = newSchema();
  const worker = (stream: Readonly<Record<string, unknown>>) =>
    new Runs(emulator, { clock: systemClock, stream, config: { state: storeIn(schema) } });
  return { emulator, schema, worker };
}

const people = Array.from({ length: 5 }, (_, n) => ({ id: `${n}`, email: `p${n}@look.example`, title: 'CEO' }));
const mapping = [{ to: 'email', from: 'email' }];

afterEach(closeEmulators);

test('a list sync finds the records that another worker has committed, while that one still goes on', async () => {
  const { emulator, schema, worker } = await workers();
  const writer = worker({ name: 'people', primary_key: 'id', mapping });
  await writer.sync(people);
  const listing = worker({
    name: 'hot',
    primary_key: 'id',
    mapping: undefined,
    table: undefined,
    query: 'select id, email from rows',
    membership: { list: 'Hot', behaviour: 'add' },
  });
  // The other worker has its stream, and has not brought what it has committed together with what was there before.
  psql(`insert into ${schema}.leases values ('people', 'other', 'elsewhere', 'x', now() at time zone 'utc', now() at time zone 'utc' + interval '1 h');
    create temp table moved as select * from ${schema}.records where stream = 'people' and primary_key in ('3', '4');
    delete from ${schema}.records where stream = 'people' and primary_key in ('3', '4');
    do $$ declare names text; begin
      select string_agg(format('%I', column_name), ', ') into names from information_schema.columns
      where table_schema = '${schema}' and table_name = 'records' and column_name <> 'place';
      execute format('insert into ${schema}.journal (%s, seq) select %s, place from moved', names, names); end $$`);
  expect(psql(`select count(*) from ${schema}.journal`)).toBe('2');
  const { counts, codes, calls } = await listing.sync(people);
  expect([counts, codes]).toEqual([{ updated: 5 }, {}]);
  expect(calls['POST contacts/bulk_create']).toBeUndefined();
  expect([...emulator.store.labels.members('Hot', 'contacts')]).toHaveLength(5);
  expect(psql(`select count(*) from ${schema}.journal where stream = 'people'`)).toBe('2');
});

test('the SQL that pages show for a store in PostgreSQL runs there', async () => {
  const { schema, worker } = await workers();
  await worker({ name: 'people', primary_key: 'id', mapping }).sync(people);
  const blocks = ['state.md', 'orchestrators/several-machines.md'].flatMap((page) =>
    [...readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8').matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(
      ([, sql]) => sql!,
    ),
  );
  const asked = blocks.filter((sql) => sql.includes('from apollo_sync.'));
  expect(asked).toHaveLength(2);
  const [, watched] = asked.map((sql) => psql(sql.replaceAll('apollo_sync.', `${schema}.`)));
  expect(watched).toMatch(/^people\|2\d{3}-/);
});
