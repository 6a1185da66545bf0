import { customIdOf } from './custom-field.ts';
import { canonicalDomain, canonicalEmail, comparablePhone, comparableUrl } from './normalise.ts';
import type { Field, FieldType, WireValue } from './object.ts';
import { isoDate, isoDatetime } from './spelling/instant.ts';
import { plainDecimal } from './spelling/text.ts';

/** What an answer shows of a field. `value` is `''` for a blank one; of a phone number, a list of its spellings. */
type CurrentValue = { readonly known: false } | { readonly known: true; readonly value: unknown };

/** A record, or as much of it as an answer shows. */
export type Shown = Readonly<Record<string, unknown>>;

const unknown: CurrentValue = { known: false };
const known = (value: unknown): CurrentValue => ({ known: true, value: value ?? '' });

/** Reads a field from a record that Apollo returned: an absent key says nothing, null and `''` say that it is blank. */
export function currentValue(field: Field, shown: Shown): CurrentValue {
  const customId = customIdOf(field);
  if (customId !== undefined) return customValue(shown['typed_custom_fields'], customId);
  if (field.shownAs === undefined || !Object.hasOwn(shown, field.shownAs)) return unknown;
  const value = shown[field.shownAs];
  if (field.phoneType !== undefined) return phoneOf(value, field.phoneType);
  if (field.type === 'phone') return spellings([value, shown['sanitized_phone']]);
  return known(
    field.items?.as === undefined ? value : listOf(value).map((entry) => recordOf(entry)[field.items?.as ?? '']),
  );
}

/** Whether an answer shows the very text that was sent, as most do: then no type has to say what else would be the same. */
export const isShownAsSent = (field: Field, wanted: WireValue, shown: Shown): boolean =>
  field.shownAs !== undefined &&
  typeof wanted === 'string' &&
  shown[field.shownAs] === wanted &&
  customIdOf(field) === undefined;

/** Records show the custom fields that have a value (docs.apollo.io/reference/update-a-contact, 2026-08-19; P52). */
const customValue = (values: unknown, id: string): CurrentValue =>
  typeof values === 'object' && values !== null && !Array.isArray(values) ? known(recordOf(values)[id]) : unknown;

/** One number of each type (docs.apollo.io/reference/update-a-contact, 2026-08-19). */
function phoneOf(numbers: unknown, type: string): CurrentValue {
  const entry = recordOf(listOf(numbers).find((one) => recordOf(one)['type'] === type));
  return spellings([entry['raw_number'], entry['sanitized_number']]);
}

function spellings(values: readonly unknown[]): CurrentValue {
  const distinct = [...new Set(values.filter((value) => !isBlank(value)))];
  return known(distinct.length > 1 ? distinct : distinct[0]);
}

/** Whether a value counts as empty: null, blank text, an empty list. */
export const isBlank = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.trim() === ''
    : value === undefined || value === null || (Array.isArray(value) && value.every(isBlank));

/** Whether Apollo would hold `wanted` as what it holds now. When in doubt, no: writing once more does no harm. */
export function sameValue(field: Pick<Field, 'type' | 'items'>, wanted: WireValue, current: unknown): boolean {
  if (typeof wanted === 'string' && wanted === current) return true;
  if (isBlank(wanted) || isBlank(current)) return isBlank(wanted) && isBlank(current);
  const type = field.type === 'texts' ? (field.items?.type ?? 'text') : field.type;
  const want = asList(wanted);
  const have = asList(current);
  // A phone number's current value may come in two spellings; one that fits is enough.
  if (field.type === 'phone') return have.some((one) => sameText(type, want[0]!, one));
  return want.length === have.length && want.every((one) => have.some((other) => sameText(type, one, other)));
}

function sameText(type: FieldType, wanted: string, current: string): boolean {
  if (wanted === current) return true;
  if (type === 'phone') return samePhone(wanted, current);
  const canonical = comparable[type]?.(wanted);
  return canonical !== undefined && canonical === comparable[type]?.(current);
}

/** Spellings that are one value to Apollo come out equal; undefined is equal to nothing. */
const comparable: Partial<Record<FieldType, (text: string) => string | undefined>> = {
  text: (text) => text.trim(),
  email: canonicalEmail,
  domain: canonicalDomain,
  url: comparableUrl,
  number: plainDecimal,
  date: isoDate,
  datetime: (text) => isoDatetime(text)?.replace(/^\d{4}-\d\d-\d\d$/, '$&T00:00:00.000Z'),
  id: (text) => text.toLowerCase(),
  stage: (text) => text.toLowerCase(),
  owner: (text) => text.toLowerCase(),
};

/** A number without country code is a US one in Apollo's examples (docs.apollo.io/reference/create-an-account, 2026-08-19). */
function samePhone(wanted: string, current: string): boolean {
  const [want, have] = [comparablePhone(wanted), comparablePhone(current)];
  if (want === '' || have === '') return false;
  return want === have || (/^\d{10}$/.test(want) && have === `+1${want}`);
}

const asList = (value: unknown): readonly string[] => listOf(Array.isArray(value) ? value : [value]).map(String);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const recordOf = (value: unknown): Shown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
