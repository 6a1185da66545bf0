import { nearNames, question } from '../runtime/config/near-names.ts';
import { ConfigFailure } from '../runtime/contract/failure.ts';
import { coerce } from './coerce.ts';
import { CUSTOM_PREFIX } from './custom-field.ts';
import { fieldNamed, findField } from './field-lookup.ts';
import type { CREATABLE } from './missing.ts';
import type { DestinationObject, EndpointName, Field, Place, WireValue } from './object.ts';
import { mappedAs, shownName } from './shown-name.ts';
import { kindOf } from './spelling/text.ts';

/** One entry of a stream's mapping, as the configuration gives it. */
export interface MappingEntry {
  readonly to: string;
  readonly from?: string | undefined;
  readonly constant?: unknown;
  /** What happens to a row with a value that does not fit; absent: what the stream says. */
  readonly on_invalid?: OnInvalid | undefined;
  /** A row without a value is rejected. */
  readonly required?: boolean | undefined;
  /** The type of the field that is made where there is none of that label. */
  readonly create?: (typeof CREATABLE)[number] | undefined;
}

/** What happens to a value that does not fit: the row is refused, or written without it. */
type OnInvalid = 'reject' | 'drop';

/** A field and where its value comes from: a column, or a constant that is already checked. */
export interface Binding {
  readonly field: Field;
  readonly path: string;
  readonly from?: string;
  readonly constant?: WireValue;
  /** As the entry of the mapping says it; absent: what the stream says. */
  readonly onInvalid?: OnInvalid | undefined;
  readonly required?: true;
}

/** Bindings, and what a person should know of them. */
interface Bound {
  readonly bindings: readonly Binding[];
  readonly warnings: readonly string[];
}

/** A mapping that cannot be: names the place in the configuration. */
export const invalidMapping = (path: string, why: string): ConfigFailure =>
  new ConfigFailure(`${path}: ${why}`, { code: 'invalid_mapping' });

/** Binds each entry of a mapping to its field. Throws a ConfigFailure that names the entry at fault. */
export function bindEntries(
  object: DestinationObject,
  fields: readonly Field[],
  entries: readonly MappingEntry[],
  path: string,
): readonly Binding[] {
  return entries.map((entry, i) => {
    const found = findField(object, fields, entry.to);
    if (!found.ok) throw invalidMapping(`${path}[${i}].to`, found.why);
    const field = mappedAs(found.field, entry.to);
    return {
      field,
      path: `${path}[${i}]`,
      ...origin(field, entry, `${path}[${i}]`),
      onInvalid: entry.on_invalid,
      ...(entry.required === true && { required: true }),
    };
  });
}

function origin(field: Field, { from, constant, to }: MappingEntry, path: string): Pick<Binding, 'from' | 'constant'> {
  const given = constant !== undefined && constant !== null;
  if ((from !== undefined) === given) {
    throw invalidMapping(path, `"${to}" needs either \`from\` or \`constant\`; it has ${given ? 'both' : 'neither'}.`);
  }
  if (from !== undefined) return { from };
  if (field.identity)
    throw invalidMapping(`${path}.constant`, `"${shownName(field)}" tells records apart: give it a column.`);
  const coerced = coerce(field, constant);
  if (!coerced.ok) throw invalidMapping(`${path}.constant`, coerced.message);
  if (coerced.value === '')
    throw invalidMapping(`${path}.constant`, `the value is blank; received ${kindOf(constant)}.`);
  return { constant: coerced.value };
}

/**
 * Takes the columns that carry the name or an alias of a field, or `custom:` and a label or id. A column of the field's own
 * name wins over one of an alias. Other columns are left alone, those of read-only fields too, and named in a warning
 * unless they are `keys` of the stream.
 */
export function bindColumns(
  object: DestinationObject,
  fields: readonly Field[],
  columns: readonly string[],
  { path, keys }: { readonly path: string; readonly keys: readonly (string | undefined)[] },
): Bound {
  const taken = new Map<Field, string[]>();
  const unmatched: string[] = [];
  for (const column of columns) {
    const field = fieldOfColumn(object, fields, column, path);
    if (field !== undefined) taken.set(field, [...(taken.get(field) ?? []), column]);
    else if (!keys.includes(column)) unmatched.push(column);
  }
  // A misspelt name would else go unnoticed.
  const warnings = unmatched.length === 0 ? [] : [`${path}: not sent, as no field has the name: ${listed(unmatched)}.`];
  const bindings = [...taken].map(([field, names]) => {
    const from = names.length === 1 ? names[0] : names.find((name) => name === field.name);
    if (from === undefined) {
      throw invalidMapping(
        path,
        `the columns ${quoted(names)} all stand for "${field.name}". Write a mapping that names one.`,
      );
    }
    const others = names.filter((name) => name !== from);
    if (others.length > 0)
      warnings.push(`${path}: "${field.name}" is taken from the column of that name, not from ${quoted(others)}.`);
    // A warehouse may spell all its columns in upper case.
    return { field: from.toLowerCase() === field.name ? field : mappedAs(field, from), path, from };
  });
  return { bindings, warnings };
}

function fieldOfColumn(
  object: DestinationObject,
  fields: readonly Field[],
  column: string,
  path: string,
): Field | undefined {
  if (!column.startsWith(CUSTOM_PREFIX)) return fieldNamed(fields, column);
  const found = findField(object, fields, column);
  if (found.ok) return found.field;
  throw invalidMapping(path, `column "${column}": ${found.why}`);
}

/** Refuses a field that is mapped twice, and two fields that one endpoint writes in the same place. */
export function refuseCollisions(bindings: readonly Binding[]): void {
  const places = new Map<string, Binding>();
  for (const binding of bindings) {
    const own = new Map([[binding.field.name, 'it'], ...placesOf(binding.field)]);
    for (const key of own.keys()) {
      const earlier = places.get(key);
      if (earlier === undefined) continue;
      const why = collisionOf(earlier.field, binding.field);
      throw invalidMapping(
        earlier.path === binding.path ? binding.path : `${binding.path}.to`,
        `${why}. Keep one of them.`,
      );
    }
    for (const key of own.keys()) places.set(key, binding);
  }
}

function collisionOf(earlier: Field, field: Field): string {
  const [first, second] = [shownName(earlier), shownName(field)];
  if (earlier.name !== field.name) return `"${second}" and "${first}" are written to one place`;
  return first === second ? `"${second}" is mapped twice` : `"${second}" and "${first}" are one field, mapped twice`;
}

/** Where a field is written: an endpoint, and a place in its body. */
export const placesOf = ({ writable }: Field): readonly (readonly [string, string])[] =>
  (Object.entries(writable) as [EndpointName, Place][]).map(([endpoint, place]) => [
    `${endpoint} ${place.in} ${place.as}`,
    endpoint,
  ]);

/** Refuses a column that the source lacks. */
export function requireColumn(columns: readonly string[] | undefined, column: string, path: string): void {
  if (columns === undefined || columns.includes(column)) return;
  const sameButCase = columns.find((one) => one.toLowerCase() === column.toLowerCase());
  const hint =
    sameButCase === undefined
      ? question(nearNames(column, columns))
      : ` It has "${sameButCase}": upper and lower case count.`;
  throw invalidMapping(path, `the source has no column "${column}".${hint}`);
}

/** The first names of what may be a wide table. */
const listed = (names: readonly string[]): string =>
  names.length <= 20 ? quoted(names) : `${quoted(names.slice(0, 20))} and ${names.length - 20} more`;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
