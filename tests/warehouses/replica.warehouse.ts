import { afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../runtime/contract/clock.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { type Ended, Runs } from '../support/stateful.ts';
import { replica } from './servers.ts';
import { CANARY, counted, countsOf, newSchema, postgres, psql, storeIn, WarehouseRuns } from './support.ts';

const ROWS = 300;
const rows = Array.from({ length: ROWS }, (_, n) => ({ id: `${n}`, email: `p${n}@replica.example`, title: 'CEO' }));

/** A table of people, and a view of it that takes its time over each row. */
beforeAll(() => {
  psql(`set client_min_messages to warning; drop schema if exists copied cascade; create schema copied;
    do $$ begin if not exists (select from pg_roles where rolname = 'reader') then
      create role reader login password '${CANARY}'; end if; end $$;
    grant usage on schema copied to reader; alter default privileges in schema copied grant select on tables to reader;
    create table copied.people as select g::bigint as id, 'p' || g || '@replica.example' as email, 'First' || g as first_name,
      'Company' as company from generate_series(1, ${ROWS}) g;
    create view copied.slow as select id, email, first_name, company || pg_sleep(0.02)::text as company from copied.people`);
});
afterEach(closeEmulators);

test('a replica is read as its primary is; a query that is in the way of replication says so, and nothing is sent', async () => {
  const { url, caughtUp } = await replica();
  const source = postgres({}, { port: Number(url.port) });
  const emulator = await startApollo();
  const runs = new WarehouseRuns(emulator);
  expect(countsOf(await runs.sync(source, { table: 'wh.copied.people' }))).toEqual({ created: ROWS });
  psql(`update copied.people set first_name = 'New' where id <= 20`);
  await caughtUp();
  expect(countsOf(await runs.sync(source, { table: 'wh.copied.people' }))).toEqual({
    updated: 20,
    unchanged: ROWS - 20,
  });
  const before = emulator.requests.total;
  const run = runs.sync(source, { name: 'slow', table: 'wh.copied.slow' });
  await counted(
    `select count(*) from pg_stat_activity where usename = 'reader' and state = 'active' and query like '%COPY%'`,
    run,
    url,
  );
  let isOver = false;
  run.finally(() => {
    isOver = true;
  });
  // What the query may still see is removed; not yet where somebody else at the primary, as autovacuum, may see it too.
  for (let id = 1; !isOver && id <= ROWS; id++) {
    psql(`delete from copied.people where id = ${id}`);
    psql('vacuum copied.people');
    await new Promise((go) => setImmediate(go));
  }
  const ended = await run;
  expect(ended).toMatchObject({ code: 'source_unreadable' });
  expect(ended.error).toContain('due to conflict with recovery. It is a replica');
  expect(ended.error).toContain('max_standby_streaming_delay');
  expect(emulator.requests.entries.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
});

test.each(['before', 'after'])(
  'a replica that is to keep state is told of as one, %s its primary has',
  async (when) => {
    const emulator = await startApollo();
    const stream = { primary_key: 'id', mapping: ['email', 'title'].map((name) => ({ to: name, from: name })) };
    const runs = new Runs(emulator, { clock: systemClock, stream });
    const sync = (state: ServerState): Promise<Ended> =>
      runs.sync(rows, { config: { state } }).catch((cause: unknown) => ({ cause }) as Ended);
    const primary = storeIn(newSchema());
    if (when === 'after') expect((await sync(primary)).counts).toEqual({ created: ROWS });
    const { url } = await replica();
    const before = emulator.requests.total;
    const address = new URL(primary.url!);
    address.port = url.port;
    const copy = { ...primary, url: String(address) };
    const { cause } = await sync(copy);
    expect([(cause as { code?: string }).code, exitCodeOf({ thrown: cause })]).toEqual(['invalid_state', 2]);
    expect(String(cause)).toContain('t is a replica that cannot be written: give the address of the primary');
    expect(emulator.requests.total).toBe(before);
    // What is only read there can be.
    const looked = await runs.preview(rows, { state: copy });
    expect(looked.streams[0]).toMatchObject(when === 'after' ? { unchanged: ROWS } : { known: 0 });
  },
);
