import { join } from 'node:path';
import { expect } from 'vitest';
import { sweepOver } from '../../support/runs.ts';
import { opened, temporaryFolder } from '../source/support.ts';
import { openState, sqlOn } from './support.ts';

/** What takes away what a schema version has brought. */
const broughtBy: Readonly<Record<number, readonly string[]>> = {
  9: ['alter table records drop column moved', 'alter table journal drop column moved'],
  10: ['drop table conflicts', 'drop table decisions'],
  11: ['drop table leases'],
  12: ['confirmed_from', 'confirmed_at'].flatMap((name) =>
    ['records', 'journal'].map((table) => `alter table ${table} drop column ${name}`),
  ),
  13: ['drop table windows'],
  14: ['drop table protected_fields'],
  15: ['alter table protected_fields drop column destination_id'],
  16: [
    'alter table inventory drop column gone_at',
    'alter table inventory drop column lists',
    'alter table changes drop column still',
    'alter table changes drop column looked_at',
  ],
  17: ['alter table windows drop column blocks', 'alter table windows drop column lowered'],
};

/** A run begins over a store, and ends. */
async function begin(path: string, runId: string): Promise<void> {
  const source = await opened({ type: 'duckdb' });
  await (await openState(source, path, runId)).close();
  await source.close();
}

sweepOver([14, 8, 9, 10, 11, 12, 13, 15])(
  'a store of schema version %i gets the columns of a new one, and keeps its rows',
  async (version) => {
    const [path, fresh] = [join(await temporaryFolder(), 'a.duckdb'), join(await temporaryFolder(), 'b.duckdb')];
    for (const one of [path, fresh]) await begin(one, 'before');
    const newer = Object.entries(broughtBy).filter(([made]) => Number(made) > version);
    await sqlOn(
      path,
      `insert into records (stream, primary_key, destination_id, place) values ('people', '1', 'apollo-1', 7)`,
      `insert into protected_fields (stream, primary_key, field) values ('people', '1', 'title')`,
      // The newest first.
      ...newer.toReversed().flatMap(([, undone]) => undone),
      `update meta set value = '${version}' where key = 'schema_version'`,
    );
    await begin(path, 'after');
    const columns = 'select table_name, column_name, data_type from duckdb_columns() where not internal order by all';
    expect(await sqlOn(path, columns)).toEqual(await sqlOn(fresh, columns));
    expect(await sqlOn(path, 'from meta')).toEqual(await sqlOn(fresh, 'from meta'));
    expect(await sqlOn(path, 'select destination_id, place::int as place from records')).toEqual([
      { destination_id: 'apollo-1', place: 7 },
    ]);
    const kept = version < 14 ? [] : [{ destination_id: version < 15 ? 'apollo-1' : null }];
    expect(await sqlOn(path, 'select destination_id from protected_fields')).toEqual(kept);
  },
);
