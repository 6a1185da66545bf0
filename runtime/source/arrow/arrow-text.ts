/** Digits of a fraction of a second by Arrow's TimeUnit: second, millisecond, microsecond, nanosecond. */
const fractionDigits = [0, 3, 6, 9] as const;

type TimeUnit = 0 | 1 | 2 | 3;

const secondsADay = 86_400n;

/** A scaled integer as decimal text, exactly: 123 with scale 2 is `1.23`, with scale -2 `12300`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Days since 1970-01-01 as `YYYY-MM-DD`, in the proleptic Gregorian calendar, for every year. */
export function dateText(days: number): string {
  // JavaScript's Date ends at the year 275760, Arrow's date32 does not. Algorithm: howardhinnant.github.io/date_algorithms.html
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const yearText = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
  return `${yearText}-${two(month)}-${two(day)}`;
}

/** Milliseconds since 1970-01-01 as the date they fall on. */
export const dateOfMilliseconds = (ms: bigint): string => dateText(Number(floorDivide(ms, 86_400_000n)));

/** Units since 1970-01-01 as `YYYY-MM-DDTHH:MM:SS`, with a fraction where there is one. */
export function timestampText(units: bigint, unit: TimeUnit): string {
  const perDay = secondsADay * perSecond(unit);
  const days = floorDivide(units, perDay);
  return `${dateText(Number(days))}T${timeText(units - days * perDay, unit)}`;
}

/** Units since midnight as `HH:MM:SS`, with a fraction where there is one. Hours may be more than 24, and negative. */
export function timeText(units: bigint, unit: TimeUnit): string {
  const size = units < 0n ? -units : units;
  const seconds = Number(size / perSecond(unit));
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${units < 0n ? '-' : ''}${clock}${fraction(size % perSecond(unit), unit)}`;
}

/** An interval as DuckDB writes it: `1 year 2 months 3 days 04:05:06.7`. */
export function intervalText(months: number, days: number, nanoseconds: bigint): string {
  const parts = [
    counted(Math.trunc(months / 12), 'year'),
    counted(months % 12, 'month'),
    counted(days, 'day'),
    nanoseconds === 0n ? '' : timeText(nanoseconds, 3),
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' ') : '00:00:00';
}

/** 16 bytes as a UUID. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The shortest decimal that is this 32-bit float: 0.1, not 0.10000000149011612. */
export function float32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

const two = (count: number): string => String(count).padStart(2, '0');
const perSecond = (unit: TimeUnit): bigint => 10n ** BigInt(fractionDigits[unit]);
const counted = (count: number, unit: string): string =>
  count === 0 ? '' : `${count} ${unit}${Math.abs(count) === 1 ? '' : 's'}`;

function fraction(part: bigint, unit: TimeUnit): string {
  if (part === 0n) return '';
  return `.${String(part).padStart(fractionDigits[unit], '0').replace(/0+$/, '')}`;
}

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;
