import { expect } from 'vitest';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import type { SeedData } from '../../emulator/server/seeding.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import type { TroubleRule } from '../../emulator/server/trouble.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { type Delivered, deliverRows } from '../support/run.ts';
import { type Shown, shownRecords } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';

/** One story as data: rows, what Apollo holds and does, and what must come of it. */
export interface Scenario {
  /** A sentence that could stand in the manual. */
  readonly name: string;
  readonly stream?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rows: readonly TestRow[];
  /** What Apollo holds before. */
  readonly holds?: SeedData;
  readonly quirks?: Partial<Quirks>;
  readonly trouble?: readonly TroubleRule[];
  /** One for each row. */
  readonly outcomes: readonly string[];
  /** Every request that was made, by kind. */
  readonly calls: Readonly<Record<string, number>>;
  /** All records of the stream's object that Apollo holds after, by the keys that are given here. */
  readonly after?: readonly Shown[];
  readonly retries?: number;
}

/** Plays a scenario on an Apollo of its own and compares everything that it says. */
export async function play({ quirks = {}, trouble = [], ...scenario }: Scenario): Promise<Played> {
  const clock = new EmulatorClock();
  const emulator = await startApollo(
    { clock, quirks, trouble, ...(scenario.holds && { data: scenario.holds }) },
    { expected: (departure) => quirks.updateVerb !== undefined && departure.startsWith('PUT ') },
  );
  const { stream = {}, config = {}, rows } = scenario;
  const delivered = await deliverRows({ apollo: emulator, rows, stream, config, clock });
  const { outcomes, calls, retries, cause } = delivered;
  const after = scenario.after && sorted(shown(emulator, stream['object'], keysOf(scenario.after)));
  expect({
    outcomes,
    calls,
    cause,
    ...(after && { after }),
    ...(scenario.retries !== undefined && { retries }),
  }).toEqual({
    outcomes: scenario.outcomes,
    calls: scenario.calls,
    cause: undefined,
    ...(scenario.after && { after: sorted(scenario.after) }),
    ...(scenario.retries !== undefined && { retries: scenario.retries }),
  });
  return { emulator, clock, ...delivered };
}

export interface Played extends Delivered {
  readonly emulator: Emulator;
  readonly clock: EmulatorClock;
}

/** All records of an object that an Apollo holds, by these keys; deleted ones are left out. */
export function shown(emulator: Emulator, object: unknown, keys: readonly string[]): Shown[] {
  return shownRecords(emulator, object).map((record) => Object.fromEntries(keys.map((key) => [key, record[key]])));
}

const keysOf = (records: readonly Shown[]): readonly string[] => [...new Set(records.flatMap(Object.keys))];

const sorted = (records: readonly Shown[]): readonly Shown[] =>
  records.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** People that no rule of Apollo's takes for one another. */
export const people = (count: number, more: (i: number) => TestRow = () => ({})): TestRow[] =>
  Array.from({ length: count }, (_, i) => ({
    email: `person${i}@company${i}.example`,
    first_name: `First${i}`,
    last_name: `Last${i}`,
    ...more(i),
  }));

/** An id of Apollo's form. */
export const idOf = (n: number): string => `a0${n.toString(16).padStart(22, '0')}`;

/** A mapping of the e-mail and these fields, each from the column of its name unless another one is given. */
export const mapped = (...entries: (string | [to: string, from: string])[]) =>
  ['email', ...entries].map((entry) =>
    typeof entry === 'string' ? { to: entry, from: entry } : { to: entry[0], from: entry[1] },
  );
