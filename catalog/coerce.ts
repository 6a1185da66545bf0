import { comparableName, phoneDigits, sentDomain, sentEmail } from './normalise.ts';
import type { Field, FieldType, Option, WireValue } from './object.ts';
import { shownName } from './shown-name.ts';
import { isPlainAscii, trimmed } from './spelling/clean-text.ts';
import { isoDate, isoDatetime } from './spelling/instant.ts';
import { entriesOf, kindOf, plainDecimal, scalarText, textProblem } from './spelling/text.ts';
import { sentUrl } from './spelling/url.ts';

/** Reject codes of the contract that a single value can earn. */
type CoerceCode =
  | 'invalid_email'
  | 'invalid_phone'
  | 'invalid_domain'
  | 'invalid_url'
  | 'invalid_value'
  | 'unknown_option';

/** A value ready for the wire (`''` stands for nothing), or why there is none. The message never holds the value. */
type Coerced =
  | { readonly ok: true; readonly value: WireValue }
  | { readonly ok: false; readonly code: CoerceCode; readonly message: string };

/** What `coerce` reads of a field. */
type Coercible = Pick<Field, 'name' | 'mappedAs' | 'type' | 'options' | 'items' | 'maxLength'>;

/**
 * Makes one JSON value a value of one field, in the source's own spelling where that is fit. Pure, total, and idempotent. Null, blank text and empty lists become `''`.
 * Everything is text on the wire: Apollo's schema of custom values knows strings only
 * (docs.apollo.io/reference/bulk-create-contacts, 2026-08-19).
 */
export function coerce(field: Coercible, value: unknown): Coerced {
  if (value === null || value === undefined) return { ok: true, value: '' };
  if (field.type === 'lists' || field.type === 'texts' || field.type === 'options') return coerceList(field, value);
  const plain = plainText(field, value);
  if (plain !== undefined) return { ok: true, value: plain };
  const text = scalarText(value);
  if (text === undefined) return refused(field, 'invalid_value', value, expected[field.type]);
  const seen = trimmed(text);
  if (seen === '') return { ok: true, value: '' };
  return coerceText(field, field.type, field.type === 'text' ? text : seen, value);
}

/**
 * The value of a text field, as it is sent, where it needs no second look: as it is in most rows, it comes out of all that `coerce` does
 * as it went in. Undefined where it does.
 */
export function plainText(
  { type, maxLength = Number.POSITIVE_INFINITY }: Coercible,
  value: unknown,
): string | undefined {
  const fits = type === 'text' && typeof value === 'string' && value.length <= maxLength && isPlainAscii(value);
  return fits ? value.trim() : undefined;
}

type ScalarType = Exclude<FieldType, 'lists' | 'texts' | 'options'>;

function coerceText(field: Coercible, type: ScalarType, text: string, value: unknown): Coerced {
  const problem = textProblem(text);
  if (problem !== undefined) {
    return {
      ok: false,
      code: codes[type] ?? 'invalid_value',
      message: `${shownName(field)}: ${problem}; received ${kindOf(value)}.`,
    };
  }
  if (type === 'stage' || type === 'owner' || type === 'option') return coerceOption(field, text, value);
  const wire = typeof value === 'boolean' && type !== 'boolean' && type !== 'text' ? undefined : scalars[type](text);
  if (wire === undefined) return refused(field, codes[type] ?? 'invalid_value', value, expected[type]);
  // A character has one or two code units: most values need not be taken apart to see that they fit.
  const most = field.maxLength;
  if (most !== undefined && wire.length > most && [...wire].length > most) {
    return refused(field, 'invalid_value', value, `at most ${most} characters`);
  }
  return { ok: true, value: wire };
}

type OptionType = 'stage' | 'owner' | 'option';

/** How trimmed text becomes a value of a type; undefined where it cannot. */
const scalars: Record<Exclude<ScalarType, OptionType>, (text: string) => string | undefined> = {
  text: (text) => text,
  email: sentEmail,
  phone: (text) => (isPhone(text) ? text : undefined),
  url: sentUrl,
  domain: sentDomain,
  date: isoDate,
  datetime: isoDatetime,
  number: plainDecimal,
  boolean: (text) => truth.get(text.toLowerCase()),
  id: (text) => (isId(text) ? text.toLowerCase() : undefined),
};

const codes: Partial<Record<FieldType, CoerceCode>> = {
  email: 'invalid_email',
  phone: 'invalid_phone',
  url: 'invalid_url',
  domain: 'invalid_domain',
};

const expected: Record<ScalarType, string> = {
  text: 'text',
  email: 'one e-mail address',
  phone: 'a phone number of 6 to 16 digits, without letters but for an extension',
  url: 'an http or https URL',
  domain: 'the domain of a company, such as example.com, and not a page of a site that many share',
  date: 'an ISO date, YYYY-MM-DD',
  datetime: 'an ISO date and time, such as 2026-01-31T08:00:00Z',
  number: 'a decimal number with a point and without thousands separators',
  boolean: 'true or false, yes or no, 1 or 0',
  id: 'an Apollo id of 24 hexadecimal digits',
  stage: 'the name or id of a stage',
  owner: 'the e-mail address or id of a user',
  option: 'the label or id of an option',
};

const truth = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, 'true'] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, 'false'] as const),
]);

const isId = (text: string): boolean => /^[0-9a-f]{24}$/i.test(text);

// Apollo takes any format and makes E.164 of it (docs.apollo.io/reference/create-an-account, 2026-08-19), so the text stays
// as it is. 16 digits leave room for a trunk prefix before the 15 of E.164.
function isPhone(text: string): boolean {
  if (text.length > 100) return false;
  const number = text.replace(/[\s,;]*(?:ext(?:ension|n)?\.?|x|#|;ext)[\s.:=]*\p{Nd}{1,8}$/iu, '');
  const digits = phoneDigits(number).length;
  return digits >= 6 && digits <= 16 && !/\p{L}/u.test(number);
}

function coerceOption(field: Coercible, text: string, value: unknown): Coerced {
  const found = optionIds(field.options, text);
  if (found.length === 1) return { ok: true, value: found[0]! };
  if (found.length > 1) return { ok: false, code: 'unknown_option', message: ambiguous(field, found.length) };
  return refused(field, 'unknown_option', value, choicesOf(field));
}

/** What a person is to do about a name that several have. */
function ambiguous(field: Coercible, count: number): string {
  const [many, instead] =
    field.type === 'owner' ? ['users', 'e-mail address or id'] : [field.type === 'stage' ? 'stages' : 'options', 'id'];
  return `${shownName(field)}: Apollo has ${count} ${many} of the name that the row gives; give the ${instead} of one instead.`;
}

/** Ids of the options that a text names. Where the options are not known, an id is taken at its word. */
export function optionIds(options: readonly Option[] | undefined, text: string): readonly string[] {
  if (options === undefined) return isId(text) ? [text.toLowerCase()] : [];
  const { byId, byName } = indexOf(options);
  const id = byId.get(text.toLowerCase());
  return id === undefined ? [...(byName.get(comparableName(text)) ?? [])] : [id];
}

interface OptionIndex {
  readonly byId: Map<string, string>;
  readonly byName: Map<string, Set<string>>;
}

// A run looks the same options up once a row; normalising all their names each time would cost more than the rest of mapping.
const indexes = new WeakMap<readonly Option[], OptionIndex>();

function indexOf(options: readonly Option[]): OptionIndex {
  const known = indexes.get(options);
  if (known !== undefined) return known;
  const index: OptionIndex = { byId: new Map(), byName: new Map() };
  for (const { id, names } of options) {
    index.byId.set(id.toLowerCase(), id);
    for (const name of names.map(comparableName)) index.byName.set(name, (index.byName.get(name) ?? new Set()).add(id));
  }
  indexes.set(options, index);
  return index;
}

/** What may be given. Owners are not listed: their names are e-mail addresses, which no message may hold. */
function choicesOf({ type, options }: Coercible): string {
  if (options === undefined) return 'an id, as the names are not known';
  if (type === 'owner') return expected.owner;
  const names = options.slice(0, 10).map((option) => option.names[0] ?? option.id);
  const rest = options.length - names.length;
  return `one of: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Entries in order, each once. One picklist option goes as its id, as documented; several as a list, which is not. */
// Apollo shows a picklist as an array of ids (docs.apollo.io/reference/update-a-contact, 2026-08-19; P51).
function coerceList(field: Coercible, value: unknown): Coerced {
  if (field.type === 'options' && typeof value === 'string' && optionIds(field.options, value.trim()).length === 1) {
    return coerceOption(field, value.trim(), value);
  }
  const type = field.type === 'options' ? 'option' : (field.items?.type ?? 'text');
  const values = new Set<string>();
  for (const entry of entriesOf(value)) {
    const coerced = coerceEntry(field, type, entry);
    if (coerced?.ok === false) return coerced;
    if (coerced !== undefined) values.add(String(coerced.value));
  }
  return { ok: true, value: listValue(field, [...values]) };
}

/** One entry of a list; undefined where it is blank. */
function coerceEntry(field: Coercible, type: ScalarType, entry: unknown): Coerced | undefined {
  const text = entry === null ? '' : scalarText(entry);
  if (text === undefined) return refused(field, 'invalid_value', entry, expected[type]);
  const seen = trimmed(text);
  return seen === '' ? undefined : coerceText(field, type, type === 'text' ? text : seen, entry);
}

function listValue({ type }: Coercible, list: readonly string[]): WireValue {
  if (list.length === 0) return '';
  return type === 'options' && list.length === 1 ? list[0]! : list;
}

const refused = (field: Coercible, code: CoerceCode, value: unknown, wanted: string): Coerced => ({
  ok: false,
  code,
  message: `${shownName(field)}: expected ${wanted}; received ${kindOf(value)}.`,
});
