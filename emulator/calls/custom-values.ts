import type { CustomField, CustomValue, CustomValues } from '../store/records.ts';
import type { Call } from './call.ts';
import type { Quirks } from './quirks.ts';
import { isId } from './random.ts';
import { invalid } from './reply.ts';

/** Custom values after a request, and what was wrong with those that were not taken. */
interface CustomOutcome {
  readonly values: CustomValues;
  readonly errors: Readonly<Record<string, string>>;
}

const FITS: Record<CustomField['type'], (value: CustomValue) => boolean> = {
  string: () => true,
  textarea: () => true,
  number: (value) => String(value).trim() !== '' && Number.isFinite(Number(value)),
  date: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  datetime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  boolean: (value) => /^(true|false)$/i.test(String(value)),
  picklist: () => true,
  multipicklist: () => true,
};

/**
 * Stores values under known bare ids only. Everything else, such as `contact.<id>`, a field's name or an unknown id,
 * has no effect and causes no error (observed by two clients, undated).
 */
export function customValuesAfter(
  call: Call,
  modality: CustomField['modality'],
  before: CustomValues,
  sent: unknown,
): CustomOutcome {
  if (sent === undefined || sent === null || call.customFieldsIgnored) return { values: before, errors: {} };
  // The array form is refused with 422 (seen live, undated); the text is not on record.
  if (typeof sent !== 'object' || Array.isArray(sent)) throw invalid('typed_custom_fields must be an object');
  const values: Record<string, CustomValue> = { ...before };
  const errors: Record<string, string> = {};
  for (const [id, value] of Object.entries(sent)) {
    const field = fieldOf(call, modality, id);
    if (field === undefined) continue;
    const taken = accepted(call, field, value);
    if (taken === 'refused') errors[id] = `is not a valid ${field.type}`;
    else if (taken === 'cleared') delete values[id];
    else if (taken !== 'ignored') values[id] = taken.value;
  }
  return { values, errors: call.quirks.customFieldErrors === 'silent' ? {} : errors };
}

function fieldOf({ store }: Call, modality: CustomField['modality'], id: string): CustomField | undefined {
  const field = isId(id) ? store.fields.get(id) : undefined;
  return field?.modality === modality ? field : undefined;
}

/** `custom_field_errors` in the form that a quirk has it in; no page shows one that is not empty. */
export function customErrorsShape({ customFieldErrors }: Readonly<Quirks>, errors: CustomOutcome['errors']): unknown {
  if (Object.keys(errors).length === 0) return {};
  if (customFieldErrors === 'array') return Object.entries(errors).map(([id, message]) => ({ id, message }));
  if (customFieldErrors === 'string') return 'Some custom fields could not be saved.';
  if (customFieldErrors === 'nested') return { contact: { typed_custom_fields: { errors: [Object.values(errors)] } } };
  return errors;
}

function accepted(
  call: Call,
  field: CustomField,
  value: unknown,
): { readonly value: CustomValue } | 'refused' | 'cleared' | 'ignored' {
  if (value === null) return call.quirks.nullValues === 'clear' ? 'cleared' : 'ignored';
  if (value === '') return call.quirks.emptyValues === 'clear' ? 'cleared' : 'ignored';
  if (Array.isArray(value) || field.options.length > 0) return options(call, field, value);
  if (typeof value === 'number' || typeof value === 'boolean') {
    if (call.quirks.nativeCustomValues === 'ignored') return 'ignored';
  } else if (typeof value !== 'string') return 'refused';
  return FITS[field.type](value) ? { value: stored(call, field, value) } : 'refused';
}

function stored({ quirks }: Call, { type }: CustomField, value: string | number | boolean): CustomValue {
  return quirks.datetimes === 'utc' && type === 'datetime' ? new Date(String(value)).toISOString() : value;
}

function optionId({ quirks }: Call, { options }: CustomField, value: unknown): unknown {
  const named = quirks.picklistNames === 'resolved' ? options.find(({ name }) => name === value) : undefined;
  return named?.id ?? value;
}

// A picklist value is an option id and reads back as an array of ids (docs.apollo.io/reference/update-a-custom-field
// and a public copy of Apollo's guide, 2026).
function options(call: Call, field: CustomField, value: unknown): { readonly value: CustomValue } | 'refused' {
  const ids = (Array.isArray(value) ? value : [value]).map((one) => optionId(call, field, one));
  const known = ids.filter((id): id is string => field.options.some((option) => option.id === id));
  if (known.length !== ids.length || known.length === 0) return 'refused';
  return field.type === 'picklist' && known.length > 1 ? 'refused' : { value: known };
}
