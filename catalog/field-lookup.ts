import { nearNames, question } from '../runtime/config/near-names.ts';
import { CUSTOM_PREFIX, customFieldsNamed, customIdOf, customLabelOf, customName } from './custom-field.ts';
import type { DestinationObject, Field } from './object.ts';

/** A field that may be mapped, or why the name stands for none. */
type Found = { readonly ok: true; readonly field: Field } | { readonly ok: false; readonly why: string };

/** Finds the field that a mapping's `to` names: by name, alias, or `custom:` with label or id. */
export function findField(object: DestinationObject, fields: readonly Field[], to: string): Found {
  const labelOrId = customLabelOf(to);
  if (labelOrId !== undefined) return findCustomField(fields, labelOrId);
  const field = fieldNamed(fields, to);
  if (field !== undefined) return usable(field);
  const readOnly = object.readOnly.find(({ name }) => name === spelled(to));
  if (readOnly !== undefined) return { ok: false, why: `"${to}" cannot be written. ${readOnly.reason}` };
  return { ok: false, why: `"${to}" is not a field of ${object.name}.${question(namesNear(fields, to))}` };
}

/** What may have been meant: a custom field whose prefix was left out, else what is spelled nearly so. */
function namesNear(fields: readonly Field[], to: string): readonly string[] {
  const unprefixed = customFieldsNamed(fields, to);
  if (unprefixed.length > 0) return unprefixed.map((field) => customName(fields, field));
  const meant = new Map(fields.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field.name])));
  for (const field of customsOf(fields)) meant.set(customName(fields, field), customName(fields, field));
  return [...new Set(nearNames(to, meant.keys()).map((name) => meant.get(name)!))];
}

const customsOf = (fields: readonly Field[]): readonly Field[] =>
  fields.filter((field) => customIdOf(field) !== undefined);

/** The field that a name or alias stands for, without regard to case, spaces and hyphens. */
export function fieldNamed(fields: readonly Field[], name: string): Field | undefined {
  const wanted = spelled(name);
  return fields.find((one) => one.name === wanted) ?? fields.find(({ aliases }) => aliases.includes(wanted));
}

const spelled = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

function findCustomField(fields: readonly Field[], labelOrId: string): Found {
  const [field, ...others] = customFieldsNamed(fields, labelOrId);
  if (field !== undefined && others.length === 0) return usable(field);
  if (field !== undefined) {
    const ids = [field, ...others].map(({ name }) => `"${name}"`).join(', ');
    return {
      ok: false,
      why: `${others.length + 1} custom fields are labelled "${labelOrId}". Name one by id: ${ids}.`,
    };
  }
  const names = customsOf(fields).map((one) => customName(fields, one));
  const wanted = `${CUSTOM_PREFIX}${labelOrId}`;
  const none = names.length === 0 ? ' There are none of this object, or the key may not list them.' : '';
  return { ok: false, why: `"${wanted}" is not a custom field.${question(nearNames(wanted, names))}${none}` };
}

const usable = (field: Field): Found =>
  field.locked === undefined
    ? { ok: true, field }
    : { ok: false, why: `"${field.title}" cannot be written. ${field.locked}` };
