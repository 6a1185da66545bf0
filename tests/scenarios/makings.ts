import type { EmulatorOptions } from '../../emulator/server/options.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { mapped, people } from './scenario.ts';

/** Three people, of whom one has no segment. */
export const rows = people(3, (i) => ({ segment: ['north', 'south', null][i]! }));

/** What has a custom field made. */
export const entry = { to: 'custom:Region', from: 'segment', create: 'string' };

/** A stream with that field. */
export const stream = { mapping: [...mapped(), entry] };

// What `check` sends to prove a scope departs from the document on purpose.
const expected = (departure: string): boolean => departure.startsWith('POST contacts/bulk_create: the body must have');

/** An Apollo, and the time that it shares with runs. */
export async function setting(options: EmulatorOptions = {}) {
  const clock = new EmulatorClock();
  return { clock, apollo: await startApollo({ clock, ...options }, { expected }) };
}

/** Label and type of the custom fields of contacts that were not there from the start. */
export const made = ({ store }: Pick<Emulator, 'store'>) =>
  [...store.fields.values()].filter(({ isNew }) => isNew).map(({ label, modality, type }) => [label, modality, type]);
