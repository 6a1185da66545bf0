import { join } from 'node:path';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import type { Settled } from '../../../runtime/contract/record.ts';
import type { Source } from '../../../runtime/source/source.ts';
import type { StateDatabase } from '../../../runtime/state/state-database.ts';
import type { StreamState } from '../../../runtime/state/stream/stream-state.ts';
import { opened, temporaryFolder } from '../source/support.ts';
import { openState } from './support.ts';

/** When runs begin. */
export const now = Date.UTC(2026, 0, 1);

/** Where a store is going to be, and a source beside it. */
export async function place(): Promise<{ path: string; source: Source }> {
  const folder = await temporaryFolder();
  return { path: join(folder, 'deep', 'state.duckdb'), source: await opened({ type: 'duckdb' }) };
}

/** What the store keeps of the one stream. */
export const streamOf = (state: StateDatabase): Promise<StreamState> =>
  state.stream({ stream: 'people', version: 'v1', idsOnly: false });

/** A row that was created. */
export const settled = (primaryKey: string, more: Partial<Settled> = {}): Settled => ({
  position: 0,
  row: { id: primaryKey },
  rowHash: '7',
  known: null,
  primaryKey,
  matchKey: `email:${primaryKey}`,
  fingerprint: 'print',
  id: `apollo-${primaryKey}`,
  values: { title: 'CTO' },
  outcome: { status: 'created', id: `apollo-${primaryKey}` },
  ...more,
});

let made = 0;

/** A run's id is its own. */
const idOf = (kind: string): string => `${kind} ${++made}`;

/** Leaves a store as a killed run does: what was committed is there, nothing else was done. */
export async function killed(path: string, work: (stream: StreamState) => Promise<void>): Promise<void> {
  const source = await opened({ type: 'duckdb' });
  const state = await openState(source, path, idOf('killed'));
  await work(await streamOf(state));
  await state.flush();
  await state.close();
  await source.close();
}

/** What the next run finds. */
export async function next<T>(
  path: string,
  work: (stream: StreamState, state: StateDatabase) => Promise<T>,
): Promise<T> {
  const source = await opened({ type: 'duckdb' });
  const clock = new VirtualClock(now + 1000);
  const state = await openState(source, path, idOf('next'), clock);
  try {
    return await work(await streamOf(state), state);
  } finally {
    await state.close();
    await source.close();
  }
}
