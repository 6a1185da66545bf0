/** The parts that a free-text address was understood as; all null when it was not. */
export interface Place {
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly time_zone: string | null;
}

const NOWHERE: Place = { city: null, state: null, country: null, time_zone: null };

const COUNTRIES: Readonly<Record<string, string>> = {
  usa: 'United States',
  'united states': 'United States',
  uk: 'United Kingdom',
  'united kingdom': 'United Kingdom',
  germany: 'Germany',
  france: 'France',
  ireland: 'Ireland',
  spain: 'Spain',
  italy: 'Italy',
  netherlands: 'Netherlands',
  canada: 'Canada',
  australia: 'Australia',
  india: 'India',
  brazil: 'Brazil',
  japan: 'Japan',
  russia: 'Russia',
};

// Two capitals after a comma are read as a state of the United States.
const STATE = /^[A-Z]{2}$/;

/** Reads `City, Country`, `City, State, Country` and `City, ST`; anything else stays raw text (as until 2024). */
export function placeOf(rawAddress: string | null): Place {
  const parts = (rawAddress ?? '').split(',').map((part) => part.trim());
  const last = parts.at(-1) ?? '';
  if (parts.length < 2 || parts.some((part) => part === '')) return NOWHERE;
  const country = COUNTRIES[last.toLowerCase()];
  if (country === undefined) {
    return STATE.test(last)
      ? { ...NOWHERE, city: parts.at(-2) ?? null, state: last, country: 'United States' }
      : NOWHERE;
  }
  const [city, state] = parts.length > 2 ? [parts.at(-3), parts.at(-2)] : [parts[0], null];
  return { city: city ?? null, state: state ?? null, country, time_zone: null };
}
