import type { Known } from '../contract/state-store.ts';

/** Reads a `Known` from the JSON text that SQL made of it. */
export const knownOf = (text: string): Known => withoutNulls(JSON.parse(text));

/** SQL says null of what it does not have; a `Known` leaves it out. */
export function withoutNulls(read: Readonly<Record<string, unknown>>): Known {
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(read)) if (read[name] !== null) known[name] = read[name];
  return known as Known;
}
