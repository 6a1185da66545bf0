import { PERIODS_MS } from '../contract/rate-limit-window.ts';

// A server that means milliseconds says ten thousand and more.
const leastOfMs = 10_000;
const near = 2 * PERIODS_MS.day;

/**
 * How long a `retry-after` asks to wait, in milliseconds, never longer than `mostMs`; undefined where it says nothing that can
 * be a wait. It is seconds or a date (RFC 9110, 10.2.3). Milliseconds and Unix times are read as what they must be; of several values the longest counts.
 */
export function waitOf(text: string | undefined, now: number, mostMs: number): number | undefined {
  const waits = valuesOf(text ?? '').flatMap((value) => {
    const ms = /^\d/.test(value) && !/[-:]/.test(value) ? ofNumber(value, now, mostMs) : ofDate(value, now);
    return ms === undefined ? [] : [Math.min(Math.max(0, ms), mostMs)];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** A header that came more than once is joined by a comma and a blank; a date has such a comma of its own. */
const valuesOf = (text: string): readonly string[] =>
  text
    .split(/(?<!\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*), |;/i)
    .map((value) => value.trim())
    .filter((value) => value !== '');

function ofNumber(text: string, now: number, mostMs: number): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s*(ms|s|sec|seconds)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const number = Number.parseFloat(text.replaceAll(',', ''));
  if (unit.toLowerCase() === 'ms') return Math.ceil(number);
  if (Math.abs(number * 1000 - now) < near) return number * 1000 - now;
  if (Math.abs(number - now) < near) return number - now;
  if (number * 1000 <= mostMs) return Math.ceil(number * 1000);
  if (number >= leastOfMs && number <= mostMs) return Math.ceil(number);
  // A number of seconds beyond a day is not one that a window can ask for.
  return number * 1000 <= near ? mostMs : undefined;
}

function ofDate(text: string, now: number): number | undefined {
  const isDate = /[a-z]{3}.*\d:\d|^\d{4}-\d{2}-\d{2}/i.test(text);
  const date = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date - now;
}
