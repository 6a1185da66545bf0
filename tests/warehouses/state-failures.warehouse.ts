import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../runtime/contract/clock.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { type Ended, Runs } from '../support/stateful.ts';
import { hasPgBouncer, pgBouncer, withTls } from './servers.ts';
import { KEEPER_CANARY, newSchema, psql, storeIn } from './support.ts';

const rows = Array.from({ length: 250 }, (_, n) => ({ id: `${n}`, email: `p${n}@failure.example`, title: 'CEO' }));

async function place(onRequest: () => void = () => undefined) {
  const emulator = await startApollo({ onRequest });
  const stream = { primary_key: 'id', mapping: ['email', 'title'].map((name) => ({ to: name, from: name })) };
  const runs = new Runs(emulator, { clock: systemClock, stream });
  const sync = (state: ServerState): Promise<Ended> =>
    runs.sync(rows, { config: { state } }).catch((cause: unknown) => ({ status: 'failed', cause }) as Ended);
  return { emulator, runs, sync };
}

/** The store by an address with other parameters, or another port. */
function at(schema: string, more: Readonly<Record<string, string>> = {}, port?: number): ServerState {
  const store = storeIn(schema);
  const url = new URL(store.url!);
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  if (port !== undefined) url.port = String(port);
  return { ...store, url: String(url) };
}

/** How a run was refused; no secret may be in it. */
function refusal(ended: Ended): { readonly code: unknown; readonly says: string; readonly exit: number } {
  const all = `${inspect(ended, { depth: 10 })}${String(ended.cause)}`;
  for (const secret of [KEEPER_CANARY, encodeURIComponent(KEEPER_CANARY)]) expect(all).not.toContain(secret);
  const { code } = ended.cause as { code?: unknown };
  return { code, says: String(ended.cause), exit: exitCodeOf({ thrown: ended.cause }) };
}

afterEach(closeEmulators);

test('with sslmode verify-full every connection is encrypted, and to the server that the certificate names', async () => {
  const certificate = await withTls();
  const seen = new Set<string>();
  const { emulator, runs, sync } = await place(() => {
    const connections = `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'keeper'`;
    for (const line of psql(connections).split('\n')) seen.add(line);
  });
  const schema = newSchema();
  const ended = await sync(at(schema, { sslmode: 'verify-full', sslrootcert: certificate }));
  expect([ended.cause, ended.counts]).toEqual([undefined, { created: 250 }]);
  expect([...seen]).toEqual(['t']);
  const other = join(runs.folder, 'other.crt');
  // Another root has not signed it.
  const { rootCertificates } = await import('node:tls');
  writeFileSync(other, rootCertificates[0]!);
  const refused = refusal(await sync(at(schema, { sslmode: 'verify-full', sslrootcert: other })));
  expect([refused.code, refused.exit, refused.says]).toEqual([
    'invalid_state',
    2,
    expect.stringContaining('Check sslmode and sslrootcert'),
  ]);
  expect(refusal(await sync(at(schema, { sslmode: 'verify-full', sslrootcert: '/none.crt' })))).toMatchObject({
    code: 'invalid_state',
    says: expect.stringContaining('sslrootcert'),
  });
  expect(emulator.store.contacts.size).toBe(250);
});

test('where TLS is asked for and the server has none, nothing is sent in the clear', async () => {
  const { emulator, sync } = await place();
  expect(refusal(await sync(at(newSchema(), { sslmode: 'require' })))).toMatchObject({
    code: 'invalid_state',
    exit: 2,
    says: expect.stringContaining('Check sslmode'),
  });
  expect(emulator.requests.entries).toEqual([]);
});

test.runIf(hasPgBouncer()).each(['transaction', 'session'] as const)(
  'a PgBouncer before it, in mode %s, changes nothing',
  async (mode) => {
    const port = await pgBouncer(mode);
    const { emulator, sync } = await place();
    const schema = newSchema();
    const first = await sync(at(schema, {}, port));
    expect([first.cause, first.counts]).toEqual([undefined, { created: 250 }]);
    const again = await sync(at(schema, {}, port));
    expect([again.cause, again.counts, again.calls]).toEqual([undefined, { unchanged: 250 }, {}]);
    expect(emulator.store.contacts.size).toBe(250);
    expect(psql(`select count(*) from ${schema}.leases`)).toBe('0');
    expect(psql(`select count(*), count(distinct place) from ${schema}.records`)).toBe('250|250');
  },
);

test('a role that may only read is told so', async () => {
  const { emulator, sync } = await place();
  const schema = newSchema();
  psql('alter role keeper set default_transaction_read_only = on');
  const ended = await sync(at(schema)).finally(() => psql('alter role keeper reset default_transaction_read_only'));
  expect(refusal(ended)).toMatchObject({ code: 'invalid_state', exit: 2, says: expect.stringMatching(/read-only/) });
  expect(emulator.requests.entries).toEqual([]);
});

test.each([0, 1])('a role that may have no more than %i connections is told so, and may come again', async (limit) => {
  const { emulator, sync } = await place();
  const schema = newSchema();
  psql(`alter role keeper connection limit ${limit}`);
  const ended = await sync(at(schema)).finally(() => psql('alter role keeper connection limit -1'));
  expect(refusal(ended)).toMatchObject({
    code: 'state_unreachable',
    says: expect.stringMatching(/too many connections.*run again later, or allow the role more/),
  });
  expect(emulator.store.contacts.size).toBe(0);
  expect((await sync(at(schema))).counts).toEqual({ created: 250 });
});

test('the tables of an older release get the columns of new ones, and what is to stand in them', async () => {
  const { sync } = await place();
  const [older, fresh] = [newSchema(), newSchema()];
  for (const schema of [older, fresh]) expect((await sync(at(schema))).cause).toBeUndefined();
  psql(`insert into ${older}.protected_fields (stream, primary_key, field) values ('rows', '1', 'title');
    alter table ${older}.protected_fields drop column destination_id; alter table ${older}.changes drop column still;
    drop table ${older}.windows; update ${older}.meta set value = '14' where key = 'schema_version'`);
  expect((await sync(at(older))).counts).toEqual({ unchanged: 250 });
  const columns = (schema: string) =>
    psql(
      `select table_name, column_name, data_type from information_schema.columns where table_schema = '${schema}' order by 1, 2`,
    );
  expect(columns(older)).toBe(columns(fresh));
  expect(
    psql(`select kept.destination_id = records.destination_id from ${older}.protected_fields as kept
    join ${older}.records using (stream, primary_key)`),
  ).toBe('t');
});

test('a table that the role may not write is told of', async () => {
  const { sync } = await place();
  const schema = newSchema();
  await sync(at(schema));
  psql(`alter table ${schema}.journal owner to postgres`);
  expect(refusal(await sync(at(schema)))).toMatchObject({
    code: 'invalid_state',
    says: expect.stringMatching(/permission denied.*schema of its own/),
  });
});
