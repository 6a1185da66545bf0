const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The form of a length of time: `90s`, `30m`, `1h`, `1d`. */
export const DURATION = /^([1-9]\d{0,5})([smhd])$/;

/** A length of time in milliseconds; undefined for text that is not one. */
export function durationMs(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * units[unit!]!;
}
