import type { Known } from '../contract/state-store.ts';

/** Reads a `Known` from the JSON text that SQL made of it. SQL says null of what it does not have; a `Known` leaves it out. */
export const knownOf = (text: string): Known =>
  Object.fromEntries(Object.entries(JSON.parse(text) as object).filter(([, value]) => value !== null)) as Known;
