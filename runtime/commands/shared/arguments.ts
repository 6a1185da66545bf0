import { InvalidArgumentError } from 'commander';
import { durationMs } from '../../config/duration.ts';

/** The argument of an option that names a file; `-`, where it stands for a stream, is one. */
export const file = (value: string): string => {
  if (value === '' || /^-./.test(value)) throw new InvalidArgumentError('Expected a file.');
  return value;
};

/** Text that is not empty. */
export const filled = (value: string): string => {
  if (value.trim() === '') throw new InvalidArgumentError('Expected text that is not empty.');
  return value;
};

/** Any text. */
export const text = (value: string): string => value;

/** A whole number, 0 among them. */
export const count = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(value);
};

/** A whole number, 1 or more. */
export const positive = (value: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(value);
};

/** A length of time, in milliseconds. */
export const duration = (value: string): number => {
  const ms = durationMs(value);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 1h or 1d.');
  return ms;
};

/** A date or a time in UTC, as SQL takes it. */
export const date = (value: string): string => {
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?$/.test(value);
  const time = isIso
    ? Date.parse(/[T ]/.test(value) ? `${value.replace(' ', 'T').replace(/Z?$/, 'Z')}` : value)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('Expected a date, 2026-01-31, or a time in UTC, 2026-01-31T12:00.');
  return new Date(time).toISOString().replace('Z', '');
};
