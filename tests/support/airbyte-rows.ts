import { record } from './airbyte.ts';
import type { ToyDestination } from './toy-destination.ts';

/** RECORD lines with keys from a number on. */
export const rows = (count: number, stream = 'users', from = 0): string[] =>
  Array.from({ length: count }, (_, i) => record(stream, { key: from + i }));

/** The counts that states carry. */
export const statsOf = ({ states }: { states: readonly { destinationStats: object }[] }) =>
  states.map(({ destinationStats }) => destinationStats);

/** The keys of what was written. */
export const keysOf = (toy: ToyDestination) => toy.written.map(({ row }) => row['key']);
