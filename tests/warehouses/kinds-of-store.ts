import { join } from 'node:path';
import { systemClock } from '../../runtime/contract/clock.ts';
import { type LakeState, type StateAt, type StateConfig, stateAt } from '../../runtime/contract/state-config.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import { copyStore } from '../../runtime/state/file/copy.ts';
import { attachLake } from '../../runtime/state/lake/attach-lake.ts';
import { tidyLake } from '../../runtime/state/lake/tidy-lake.ts';
import type { NextStore } from '../properties/history-runs.ts';
import { extensions, newSchema, psql, storeIn } from './support.ts';

/** Makes a state store of a kind, in a folder or a schema of its own; its configuration. */
export type Kind = (folder: string) => StateConfig;

/** The kinds of state store. */
export const kinds = {
  file: (folder) => ({ type: 'duckdb', path: join(folder, 'state.duckdb') }),
  postgres: () => storeIn(newSchema()),
  lake: (folder) => lake({ path: join(folder, 'state.ducklake') }),
  'lake of PostgreSQL': (folder) => lake({ ...storeIn(newSchema()), data_path: join(folder, 'data') }),
} as const satisfies Readonly<Record<string, Kind>>;

const lake = (keys: object) => ({ extension_directory: extensions, ...keys, type: 'ducklake' }) as LakeState;

/** One store for all runs. */
export function staying(kind: Kind): NextStore {
  let state: StateConfig | undefined;
  return async (folder) => {
    // A day has passed since the last run, though not for the server, by whose clock a pause would go on.
    if (state?.type === 'postgres') psql(`delete from ${state.schema}.windows`);
    state ??= kind(folder);
    return state;
  };
}

/** One lake for all runs, which is tidied after the first of them, as it is where there is much of it. */
export function tidied(kind: Kind): NextStore {
  const next = staying(kind);
  let runs = 0;
  return async (folder) => {
    const state = await next(folder);
    if (runs++ === 1) await tidy(state as LakeState, folder);
    return state;
  };
}

/** Another store for each of the first runs: what is there is copied into a store of the next kind. */
export function moving(ways: readonly Kind[]): NextStore {
  const left = [...ways];
  let state: StateConfig | undefined;
  return async (folder) => {
    const next = left.shift()?.(folder);
    if (next !== undefined && state !== undefined)
      await copyStore(at(state), at(next), { ...around(folder), clock: systemClock });
    state = next ?? state!;
    return state;
  };
}

const at = (state: StateConfig): StateAt => stateAt(state)!;

const around = (folder: string) => ({ temporaryDirectory: folder });

async function tidy(state: LakeState, folder: string): Promise<void> {
  const work = await WorkDatabase.open(around(folder));
  try {
    await attachLake(work, state, 'read_write');
    const untidied = await tidyLake(await work.connect(), state, Number.POSITIVE_INFINITY);
    if (untidied !== undefined) throw new Error(untidied);
  } finally {
    await work.close();
  }
}
