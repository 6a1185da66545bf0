import type { Known } from '../contract/state-store.ts';

/** Reads a `Known` from the JSON text that SQL made of it. SQL says null of what it does not have; a `Known` leaves it out. */
export function knownOf(text: string): Known {
  const read = JSON.parse(text) as Record<string, unknown>;
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(read)) if (read[name] !== null) known[name] = read[name];
  return known as Known;
}
