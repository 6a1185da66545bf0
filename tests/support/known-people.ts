import type { Clock } from '../../runtime/contract/clock.ts';
import { startApollo } from './emulator.ts';
import { EmulatorClock } from './emulator-clock.ts';
import { Runs } from './stateful.ts';
import type { TestRow } from './warehouse.ts';

/** The row of a person, whose number is in all that names them. */
export const personOf = (n: number, title = 'CTO'): TestRow => ({
  key: `row ${n}`,
  email: `person${n}@company.example`,
  first_name: `First${n}`,
  title,
  mobile_phone: '(202) 555-0101',
});

/** People whom a first run has written, a minute ago by Apollo's clock; that of the machine is so far ahead. */
export async function knownPeople(rows: readonly TestRow[], stream: Readonly<Record<string, unknown>>, fastMs = 0) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const ofMachine: Clock = {
    now: () => clock.now() + fastMs,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    random: () => 0.5,
  };
  const runs = new Runs(emulator, { clock: ofMachine, stream: { primary_key: 'key', ...stream } });
  await runs.sync(rows);
  clock.advance(60_000);
  const byEmail = (n: number) => emulator.store.contacts.byEmail(`person${n}@company.example`)[0]!;
  /** Changes these people in Apollo's own pages, and reads the inventory a minute later. */
  const edit = async (numbers: readonly number[], changes: Readonly<Record<string, unknown>>) => {
    emulator.edit({ contacts: numbers.map((n) => ({ id: byEmail(n).id, ...changes })) });
    clock.advance(60_000);
    await runs.inventory();
  };
  return { clock, emulator, runs, byEmail, edit };
}
