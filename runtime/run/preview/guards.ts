import type { Opened, RunConfig } from '../../contract/destination.ts';
import { counted } from '../../facts/counted.ts';
import { percentOf } from '../rekeying.ts';
import type { StreamPreview } from './stream-preview.ts';

/** A guard that stops a run. */
export interface Breach {
  readonly guard: keyof NonNullable<RunConfig['guards']> | 'max_rekeyed_percent';
  /** Where the guard holds for each stream. */
  readonly stream?: string;
  readonly value: number;
  readonly limit: number;
}

/** The guards that a run would break, by the upper bounds of the preview. */
export function breachesOf(
  { streams }: { readonly streams: readonly StreamPreview[] },
  { max_changed_percent, max_creates, max_clears }: NonNullable<RunConfig['guards']>,
): readonly Breach[] {
  const changed = streams.map(({ name, known, known_changed }) => ({
    guard: 'max_changed_percent' as const,
    stream: name,
    value: known === 0 ? 0 : (known_changed * 100) / known,
    limit: max_changed_percent,
  }));
  const sum = (key: 'new' | 'clears') => streams.reduce((total, stream) => total + stream[key].max, 0);
  const all = [
    ...changed,
    { guard: 'max_creates' as const, value: sum('new'), limit: max_creates },
    { guard: 'max_clears' as const, value: sum('clears'), limit: max_clears },
  ];
  return all.flatMap(({ limit, value, ...one }) =>
    limit !== undefined && value > limit ? [{ ...one, value: rounded(value, limit), limit }] : [],
  );
}

/** A share with as few digits as show that it is above a limit: compared is the share itself. */
function rounded(value: number, limit: number): number {
  const digits = [1, 2, 4, 8].find((count) => Number(value.toFixed(count)) > limit);
  return digits === undefined ? value : Number(value.toFixed(digits));
}

/** The guard of a stream whose primary keys name other rows than before. */
export const rekeyedBreach = (
  stream: string,
  { maxPercent }: NonNullable<Opened['rekeying']>,
  { rows, known }: { readonly rows: number; readonly known: number },
): Breach => ({ guard: 'max_rekeyed_percent', stream, value: percentOf(rows, known), limit: maxPercent });

/** Which guard, what it allows, and what the run would do. */
export function breachText({ guard, stream, value, limit }: Breach): string {
  const where = stream === undefined ? '' : ` in stream ${stream}`;
  const place = guard === 'max_rekeyed_percent' ? guard : `guards.${guard}`;
  return `${place}: ${said[guard](value)}${where}; the guard allows ${text(limit)}${guard.endsWith('percent') ? ' %' : ''}.`;
}

const text = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 8 });

const said = {
  max_changed_percent: (value) => `${text(value)} % of the known records would be changed`,
  max_creates: (value) => `up to ${counted(value, 'record')} would be created`,
  max_clears: (value) => `up to ${counted(value, 'value')} would be emptied`,
  max_rekeyed_percent: (value) =>
    `${text(value)} % of the known rows have another match key under the same primary key`,
} as const satisfies Record<Breach['guard'], (value: number) => string>;
