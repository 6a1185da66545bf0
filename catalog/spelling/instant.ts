/** A date as `YYYY-MM-DD`: of ISO date or datetime text, as written, whatever the zone. Undefined if it is not one. */
export function isoDate(text: string): string | undefined {
  const [, date = '', rest = ''] = /^(\d{4}-\d{2}-\d{2})(.*)$/s.exec(text) ?? [];
  if (!isCalendarDate(date)) return undefined;
  return rest === '' || isoDatetime(text) !== undefined ? date : undefined;
}

/**
 * A moment as ISO 8601 in UTC, to the millisecond; text without a zone is taken as UTC. A date alone stays one: it is the
 * only form that Apollo's pages show for a datetime (docs.apollo.io/reference/update-a-contact, 2026-08-19).
 */
export function isoDatetime(text: string): string | undefined {
  if (isCalendarDate(text)) return text;
  const [, date = '', time = '', fraction = '', zone = ''] = datetime.exec(text) ?? [];
  if (!isCalendarDate(date)) return undefined;
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  const instant = new Date(`${date}T${time.length === 5 ? `${time}:00` : time}.${ms}${isoZone(zone)}`);
  // Only four-digit years have an ISO form that everyone reads; a zone can push the first and last days out of them.
  return /^\d{4}$/.test(yearOf(instant)) ? instant.toISOString() : undefined;
}

// `+00` and `+0000` are what Postgres and DuckDB write for a zone.
const datetime =
  /^(\d{4}-\d{2}-\d{2})[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:[.,](\d{1,9}))? ?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/i;

const isoZone = (zone: string): string => {
  if (zone === '' || zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
};

const yearOf = (instant: Date): string =>
  Number.isNaN(instant.getTime()) ? '' : instant.toISOString().replace(/-\d\d-\d\dT.*$/, '');

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // Date lets the 31st of February become the 3rd of March: another day, whatever the month.
  return date.getUTCDate() === Number(text.slice(8));
}
