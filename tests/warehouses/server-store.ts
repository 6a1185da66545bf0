import { tmpdir } from 'node:os';
import { systemClock } from '../../runtime/contract/clock.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { newSchema, psql, storeIn } from './support.ts';

export const mapping = [
  { to: 'email', from: 'email' },
  { to: 'title', from: 'title' },
];
export const row = (id: number, title = 'CEO'): TestRow => ({ id: `${id}`, email: `p${id}@state.example`, title });
export const rows = (from: number, to: number): readonly TestRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => row(from + i));

export async function place(schema = newSchema()) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, {
    clock,
    stream: {
      primary_key: 'id',
      mapping,
      on_removed: { set_field: { to: 'title', value: 'Gone' } },
      max_removed_percent: 100,
    },
    config: { state: storeIn(schema) },
  });
  return { clock, emulator, runs, schema };
}

export const around = ({ folder }: Runs) => ({ temporaryDirectory: folder });

/** Takes a store for a run of its own, on these streams. */
export async function other(schema: string, streams: readonly string[] | undefined, runId = 'other') {
  const work = await WorkDatabase.open({ temporaryDirectory: tmpdir() });
  const path = storeIn(schema);
  const state = await StateDatabase.open(work, { path, runId, clock: systemClock, streams });
  const end = async (): Promise<void> => {
    await state.close();
    await work.close();
  };
  return { state, end };
}

/** Has every lease run out, as where its holder was not heard of for a minute. */
export const runOut = (schema: string) =>
  psql(`update ${schema}.leases set expires_at = now() at time zone 'utc' - interval '1 s'`);
