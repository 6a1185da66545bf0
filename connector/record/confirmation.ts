import { currentValue, isBlank, isShownAsSent, type Shown, sameValue } from '../../catalog/current-value.ts';
import { customIdOf } from '../../catalog/custom-field.ts';
import { canonicalEmail, comparableName } from '../../catalog/normalise.ts';
import type { Field, FieldType, Values, WireValue } from '../../catalog/object.ts';

/** What a request sent of a record, and what Apollo held of it before, as far as anything showed that. */
interface SentValues {
  readonly values: Values;
  readonly before: Values;
}

/**
 * Names of the fields that an answer shows other than they were sent, so that they do not count as written. Apollo answers
 * 200 all the same, names some custom fields in `custom_field_errors`, and ignores other values in silence
 * (docs.apollo.io/reference/update-a-contact, 2026-08; the silence: seen live by clients). What an answer does not show is
 * taken as written: nothing contradicts it (P08, P34, P50, P53, P54).
 */
export function contradicted(
  fields: ReadonlyMap<string, Field>,
  { values, before }: SentValues,
  shown: Shown,
): readonly string[] {
  const errors = shown['custom_field_errors'];
  const hasErrors = !isEmpty(errors);
  return Object.keys(values).filter((name) => {
    const field = fields.get(name)!;
    const wanted = values[name]!;
    if (hasErrors && customIdOf(field) !== undefined && !isCleared(field, wanted, errors, shown)) return true;
    return !isTaken(field, { wanted, before: before[name] }, shown);
  });
}

/** Beside errors of any form, a custom field counts as written only where it is not named and shown as it was sent. */
function isCleared(field: Field, wanted: WireValue, errors: unknown, shown: Shown): boolean {
  const said = JSON.stringify(errors).toLowerCase();
  const isNamed = [customIdOf(field)!, field.title].some((name) => said.includes(name.toLowerCase()));
  const current = currentValue(field, shown);
  return !isNamed && current.known && isSame(field, wanted, current.value);
}

/** Whether nothing is in it, however deep: `{}`, `[]`, `{"id": []}`, blank text. */
const isEmpty = (errors: unknown): boolean =>
  typeof errors === 'object' && errors !== null
    ? Object.values(errors).every(isEmpty)
    : isBlank(errors) || errors === false;

function isTaken(
  field: Field,
  { wanted, before }: { wanted: WireValue; before: WireValue | undefined },
  shown: Shown,
): boolean {
  if (isShownAsSent(field, wanted, shown)) return true;
  const current = currentValue(field, shown);
  if (!current.known) return true;
  if (isSame(field, wanted, current.value)) return true;
  if (isElsewhere(field, wanted, shown)) return true;
  // Apollo gives a record without a stage or an owner those that it gives to all.
  if (isBlank(wanted)) return hasDefault.has(field.type) && !isAsBefore(field, before, current.value);
  if (isBlank(current.value) || hasOneSpelling(field)) return false;
  return isOtherSpelling(field, { wanted, before }, current.value);
}

const hasDefault: ReadonlySet<FieldType> = new Set(['stage', 'owner']);

/** Types whose values are written in one way only: what is shown otherwise is another value. */
const exact: ReadonlySet<FieldType> = new Set([
  'id',
  'stage',
  'owner',
  'option',
  'options',
  'number',
  'boolean',
  'date',
  // Compared in their canonical form, addresses and domains have one spelling too: they are whom a record is found by.
  'email',
  'domain',
]);

const hasOneSpelling = ({ type, items }: Field): boolean =>
  exact.has(type) || (type === 'texts' && items?.type !== 'text');

/** Equal, or named by a name of the same option, stage or user. */
function isSame(field: Field, wanted: WireValue, current: unknown): boolean {
  if (sameValue(field, wanted, current)) return true;
  const [want, have] = [textsOf(wanted), textsOf(current)];
  if (field.type === 'boolean') return want[0]?.toLowerCase() === have[0]?.toLowerCase();
  const names = (id: string) => field.options?.find((option) => option.id === id)?.names.map(comparableName) ?? [];
  return (
    field.options !== undefined &&
    want.length === have.length &&
    want.every((id) => have.some((one) => one === id || names(id).includes(comparableName(one))))
  );
}

/** A number may come under another type, an address among the additional ones. */
function isElsewhere(field: Field, wanted: WireValue, shown: Shown): boolean {
  if (isBlank(wanted)) return false;
  if (field.phoneType !== undefined) {
    const numbers = entriesOf(shown['phone_numbers']).flatMap((entry) => [
      entry['raw_number'],
      entry['sanitized_number'],
    ]);
    return numbers.some((number) => !isBlank(number) && sameValue(field, wanted, number));
  }
  if (field.type === 'texts') {
    const current = currentValue(field, shown);
    const have = current.known ? textsOf(current.value) : [];
    return textsOf(wanted).every((one) => have.some((other) => sameValue(field, [one], [other])));
  }
  if (field.name !== 'email') return false;
  const address = canonicalEmail(String(wanted));
  return entriesOf(shown['contact_emails']).some(({ email }) => canonicalEmail(String(email ?? '')) === address);
}

/**
 * Whether text that is shown otherwise is what was sent, as Apollo spells it: not what it held before. Where that is not
 * known, one of the two must hold the other, but for addresses, which Apollo resolves to places that it knows.
 */
function isOtherSpelling(
  field: Field,
  { wanted, before }: { wanted: WireValue; before: WireValue | undefined },
  current: unknown,
): boolean {
  const [want, have] = [comparable(wanted), comparable(current)];
  if (want === have && want !== '') return true;
  if (have.length >= cutFrom && want.startsWith(have)) return true;
  if (before !== undefined && !isBlank(before)) return !isAsBefore(field, before, current);
  return /address$/.test(field.name) || want === '' || have === '' || want.includes(have) || have.includes(want);
}

// A text as long as this, that the text sent begins with, has been cut at a length that is not documented.
const cutFrom = 50;

const isAsBefore = (field: Field, before: WireValue | undefined, current: unknown): boolean =>
  before !== undefined &&
  (isSame(field, before, current) || (!hasOneSpelling(field) && comparable(before) === comparable(current)));

/** Letters and digits alone, without case, accents and entities of HTML: all that another spelling leaves as it was. */
const comparable = (value: unknown): string =>
  textsOf(value)[0]!
    .replace(/&(?:amp|lt|gt|quot|#39|#x27);/gi, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value ?? '']).map(String);
const entriesOf = (value: unknown): readonly Shown[] =>
  (Array.isArray(value) ? value : []).filter((entry): entry is Shown => typeof entry === 'object' && entry !== null);
