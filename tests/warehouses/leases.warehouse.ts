import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { statusOf } from '../../runtime/commands/state/status.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { alter } from '../../runtime/state/file/alter.ts';
import { lookInto } from '../../runtime/state/file/look.ts';
import { forget } from '../../runtime/state/forget.ts';
import { pastRuns } from '../../runtime/state/runs/past-runs.ts';
import { ServerClient } from '../../runtime/state/server/client.ts';
import { Leases } from '../../runtime/state/server/leases.ts';
import { closeEmulators } from '../support/emulator.ts';
import type { Ended } from '../support/stateful.ts';
import { around, other, place, rows, runOut } from './server-store.ts';
import { counted, psql, psqlSession, storeIn } from './support.ts';

afterEach(closeEmulators);

test('a stream has one writer: another run of it ends and sends nothing, and other streams are free', async () => {
  const { emulator, runs, schema } = await place();
  const held = await other(schema, ['rows']);
  const refused = await runs.sync(rows(1, 3));
  expect(refused.cause).toMatchObject({ code: 'state_in_use' });
  expect(String(refused.cause)).toContain('the stream rows is in use by run other (process');
  expect(exitCodeOf({ status: refused.status, cause: refused.cause })).toBe(75);
  expect(emulator.store.contacts.size).toBe(0);
  expect((await runs.sync(rows(1, 3), { stream: { name: 'more' } })).counts).toEqual({ created: 3 });
  expect(psql(`select run_id, status from ${schema}.runs where status = 'running'`)).toBe('other|running');
  const said = await statusOf(storeIn(schema), Date.now(), around(runs));
  expect(said.text).toMatch(/^Run other goes on \(process \d+ on .+, since 2\d{3}-.+Z\): rows\.$/);
  await held.end();
  expect((await runs.sync(rows(4, 6))).counts).toEqual({ created: 3 });
});

test('a lease that was not renewed is lost, and who had it commits nothing more', async () => {
  const { runs, schema } = await place();
  const held = await other(schema, ['rows']);
  runOut(schema);
  expect((await runs.sync(rows(1, 3))).counts).toEqual({ created: 3 });
  await expect(held.state.own({ address: 'elsewhere' }, [])).rejects.toMatchObject({ code: 'lease_lost' });
  await held.end();
  expect(psql(`select status from ${schema}.runs where run_id = 'other'`)).toBe('interrupted');
});

test('a run whose rows another one changes while it begins says that its lease is lost', async () => {
  const { runs, schema } = await place();
  expect((await runs.sync(rows(1, 3))).counts).toEqual({ created: 3 });
  // A run that was killed was about to change a record: who begins next forgets what it has of that.
  psql(`insert into ${schema}.intents (stream, primary_key, creates, fields) values ('rows', '1', false, '["title"]')`);
  const next = psqlSession();
  onTestFinished(next.end);
  next.say(`begin; update ${schema}.records set message = message where stream = 'rows'`);
  const underWay = `select count(*) from pg_stat_activity where query like '%${schema}%' and pid <> pg_backend_pid()`;
  await counted(`${underWay} and state = 'idle in transaction'`);
  const begun = other(schema, ['rows']).catch((cause: unknown) => cause);
  await counted(`${underWay} and wait_event_type = 'Lock'`, begun);
  next.say('commit');
  expect(await begun).toMatchObject({ code: 'lease_lost' });
});

test('runs that begin at the same moment, after some that were killed, all begin, and say once whose store it is', async () => {
  const { emulator, runs, schema } = await place();
  await runs.sync(rows(1, 3));
  psql(`insert into ${schema}.runs (run_id, status, started_at) select 'killed ' || n, 'running', now() at time zone 'utc'
    from generate_series(1, 50) as n`);
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const begun = await Promise.all(names.map((name) => other(schema, [name], name)));
  const workspace = { id: emulator.store.teamId, address: 'elsewhere' };
  await Promise.all(begun.map(({ state }) => state.own(workspace, [])));
  await Promise.all(begun.map(({ end }) => end()));
  expect(psql(`select key, value from ${schema}.meta where key like 'workspace%' order by key`).split('\n')).toEqual([
    'workspace_address|elsewhere',
    `workspace_id|${emulator.store.teamId}`,
  ]);
  expect(psql(`select count(*) from ${schema}.runs where run_id like 'killed%' and status = 'interrupted'`)).toBe('50');
});

test('of two runs that begin at the same moment under one id, one is refused', async () => {
  const { schema } = await place();
  const begun = await Promise.allSettled(['a', 'b'].map((name) => other(schema, [name], 'same')));
  const refused = begun.filter((one) => one.status === 'rejected');
  expect(refused.map(({ reason }) => reason)).toMatchObject([{ code: 'run_id_taken' }]);
  for (const one of begun) if (one.status === 'fulfilled') await one.value.end();
  expect(psql(`select run_id, status from ${schema}.runs`)).toBe('same|running');
  expect(psql(`select count(*) from ${schema}.leases`)).toBe('0');
});

test('a run goes on for as long as the clock of the server says, whatever time it is on the machine that looks', async () => {
  const { runs, schema } = await place();
  // The server is five minutes behind, for this role.
  psql(`set client_min_messages to warning; drop schema if exists behind cascade; create schema behind; grant usage on schema behind to keeper;
    create function behind.clock_timestamp() returns timestamptz language sql
      as $$ select pg_catalog.clock_timestamp() - interval '5 min' $$;
    alter role keeper set search_path = behind, pg_catalog`);
  onTestFinished(() => void psql('alter role keeper reset search_path'));
  const held = await other(schema, ['rows']);
  const next = await other(schema, ['more'], 'next');
  expect((await statusOf(storeIn(schema), Date.now(), around(runs))).json).toMatchObject([
    { run_id: 'other', streams: ['rows'] },
    { run_id: 'next', streams: ['more'] },
  ]);
  const past = await lookInto(storeIn(schema), around(runs), (store) => pastRuns(store, 5));
  expect(past.map(({ run_id, status }) => `${run_id} ${status}`).sort()).toEqual(['next running', 'other running']);
  expect(psql(`select distinct status from ${schema}.runs`)).toBe('running');
  await next.end();
  await held.end();
});

test('a transaction whose connection is lost between two statements ends there: nothing of it is made on another one', async () => {
  const { runs, schema } = await place();
  await runs.sync(rows(1, 3));
  const client = new ServerClient(storeIn(schema));
  onTestFinished(() => client.close());
  const lost = client.transact(async () => {
    const [found] = await client.rows('select pg_backend_pid() as pid');
    psql(`select pg_terminate_backend(${found!['pid']})`);
    // One of these is the first to run into it; all that follow could go another way.
    for (let n = 0; n < 5; n++) await client.rows('select 1').catch(() => undefined);
    await client.rows(`insert into ${schema}.meta values ('half', 'of it')`);
  });
  await expect(lost).rejects.toMatchObject({ code: 'state_unreachable' });
  expect(psql(`select count(*) from ${schema}.meta where key = 'half'`)).toBe('0');
  expect(await client.rows('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a store that holds nothing yet belongs to the workspace of the run that is about to fill it', async () => {
  const { schema } = await place();
  const [one, two] = [await other(schema, ['a'], 'one'), await other(schema, ['b'], 'two')];
  const [ours, theirs] = ['ours', 'theirs'].map((id) => ({ id, address: 'https://api.apollo.example' }));
  expect((await two.state.ownership()).workspace).toBeUndefined();
  await one.state.own(ours, []);
  await expect(two.state.own(theirs, [])).rejects.toMatchObject({ code: 'other_workspace' });
  await two.end();
  const same = await other(schema, ['b'], 'same');
  expect((await same.state.ownership()).workspace).toEqual(ours);
  await same.state.own(ours, []);
  for (const { end } of [one, same]) await end();
  const after = await other(schema, ['b'], 'after');
  await after.state.own(theirs, []);
  await after.end();
});

test('a process that stops in a transaction holds others up for a minute, and no longer', async () => {
  const { schema } = await place();
  const held = await other(schema, ['rows']);
  const client = new ServerClient(storeIn(schema));
  const asked = () => client.rows('show idle_in_transaction_session_timeout');
  const minute = [{ idle_in_transaction_session_timeout: '1min' }];
  expect(await client.transact(asked)).toEqual(minute);
  const leases = await Leases.take(client, storeIn(schema), { runId: 'one', streams: ['one'] });
  await client.rows('begin');
  await client.rows(leases.fence);
  expect(await asked()).toEqual(minute);
  await client.rows('commit');
  expect(await asked()).not.toEqual(minute);
  await client.close();
  await held.end();
});

test('a process that stops in a COPY holds up who takes its stream for as long as a lease lasts, and no longer', {
  timeout: 200_000,
}, async () => {
  const { runs, schema } = await place();
  expect((await runs.sync(rows(1, 3))).counts).toEqual({ created: 3 });
  const client = new ServerClient(storeIn(schema));
  const leases = await Leases.take(client, storeIn(schema), { runId: 'stopped', streams: ['rows'] });
  await client.close();
  const stopped = spawn('psql', ['-q', storeIn(schema).url!], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  stopped.stderr.on('data', (some: Buffer) => {
    said += String(some);
  });
  // It has begun to send rows, and sends no more.
  stopped.stdin.write(`begin;\n${leases.fence};\ncopy ${schema}.calls (run_id) from stdin;\nfirst\n`);
  await counted(
    `select count(*) from pg_stat_activity where query like 'copy ${schema}.calls%' and wait_event = 'ClientRead'`,
  );
  const next = await until(
    () => runs.sync(rows(1, 4)),
    ({ status }) => status === 'succeeded',
  );
  expect(next.counts).toEqual({ created: 1, unchanged: 3 });
  stopped.stdin.end('\\.\n');
  await once(stopped, 'close');
  expect(said).toContain('terminating connection due to administrator command');
});

/** Tries again, as a schedule does, until it has come to this. */
async function until(run: () => Promise<Ended>, isIt: (ended: Ended) => boolean): Promise<Ended> {
  for (;;) {
    const ended = await run().catch((cause: unknown) => ({ status: 'failed', cause }) as Ended);
    if (isIt(ended)) return ended;
    expect(ended.cause).toMatchObject({ code: 'state_in_use' });
    await setTimeout(1000);
  }
}

test.each(['x', '*'])(
  'a command that is asked for a stream that there is not, %s, names those that there are',
  async (stream) => {
    const { runs, schema } = await place();
    await runs.sync(rows(1, 3));
    const change = { ...around(runs), clock: systemClock };
    const asked = alter(storeIn(schema), 'forget', change, (store) => forget(store, { stream }));
    await expect(asked).rejects.toMatchObject({
      code: 'unknown_stream',
      message: expect.stringMatching(/state store knows rows\.$/),
    });
  },
);

test('a lease on a stream is lost to a command that takes all of them, and one on all to a run of a stream', async () => {
  const { runs, schema } = await place();
  const one = await other(schema, ['rows']);
  runOut(schema);
  const change = { ...around(runs), clock: systemClock };
  expect(await alter(storeIn(schema), 'forget', change, (store) => forget(store, { limits: true }))).toBe(0);
  await expect(one.state.own({ address: 'elsewhere' }, [])).rejects.toMatchObject({ code: 'lease_lost' });
  await one.end();
  const all = await other(schema, undefined, 'all');
  runOut(schema);
  expect((await runs.sync(rows(1, 3))).counts).toEqual({ created: 3 });
  await expect(all.state.own({ address: 'elsewhere' }, [])).rejects.toMatchObject({ code: 'lease_lost' });
  await all.end();
});
