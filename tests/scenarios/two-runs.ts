import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

/** The time between the two runs. */
export const day = 24 * 3_600_000;

/** The fields of the two runs. */
export const mapping = ['email', 'first_name', 'title'].map((name) => ({ to: name, from: name }));

/** A row of the two runs. */
export const person = (id: string, more: TestRow = {}): TestRow => ({
  id,
  email: `${id}@company.example`,
  first_name: `Ann ${id}`,
  title: 'CTO',
  ...more,
});

const first = [person('a'), person('b'), person('c', { email: 'nonsense' }), person('d', { email: 'bad' })];

/** What the second run finds. */
export const second = [person('a', { title: 'CEO' }), person('b'), person('c'), person('d', { email: 'bad' })];

/** Two runs, a day apart, over a real store; and a way to ask it. */
export async function twoRuns(folder?: string, more: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const emulator = await (folder === undefined ? startApollo({ clock }) : startEmulator({ clock, plan: 'unlimited' }));
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', mapping, ...more } }, folder);
  await runs.sync(first, { runId: 'monday' });
  clock.advance(day);
  await runs.sync(second, { runId: 'tuesday' });
  return { emulator, runs, ask: askOf(runs, clock), clock };
}

/** One store for those who only look at it; a file that calls this has it for all of its tests. */
export function sharedRuns(): { readonly shared: Awaited<ReturnType<typeof twoRuns>> } {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
  let made: Awaited<ReturnType<typeof twoRuns>>;
  beforeAll(async () => {
    made = await twoRuns(folder);
  });
  afterAll(async () => {
    await made.emulator.close();
    rmSync(folder, { recursive: true });
  });
  return {
    get shared() {
      return made;
    },
  };
}

/** The message of the ConfigFailure that an answer is. */
export const failure = async (asked: Promise<unknown>): Promise<string> => {
  const error = await asked.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ConfigFailure);
  return (error as Error).message;
};
