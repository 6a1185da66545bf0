import type { Field } from './object.ts';

/** A field as a mapping names it: by an alias, or by the label of a custom field. */
export function mappedAs(field: Field, to: string): Field {
  const name = to.trim();
  return name === field.name ? field : { ...field, mappedAs: name };
}

/** What people call a field: as the mapping names it. */
export const shownName = (field: Pick<Field, 'name' | 'mappedAs'>): string => field.mappedAs ?? field.name;

/** The same for the name of a field among others. */
export const shownAmong = (fields: ReadonlyMap<string, Field>, name: string): string =>
  shownName(fields.get(name) ?? { name });

/** The fields that a mapping names otherwise than they are called in requests, with its names for them. */
export const shownNames = (fields: Iterable<Field>): ReadonlyMap<string, string> =>
  new Map([...fields].flatMap(({ name, mappedAs }) => (mappedAs === undefined ? [] : [[name, mappedAs] as const])));
