import { customName } from './custom-field.ts';
import { comparableName } from './normalise.ts';
import type { DestinationObject, EndpointName, Field, FieldType, Option } from './object.ts';

/** What Airbyte calls the modes: insert, upsert, update. */
type CatalogMode = 'append' | 'append_dedup' | 'update';

/** One operation of an Airbyte DESTINATION_CATALOG: what a stream can do to an object, and with which fields. */
interface CatalogOperation {
  readonly object_name: string;
  readonly sync_mode: CatalogMode;
  readonly json_schema: Readonly<Record<string, unknown>>;
  /** Alternatives, each a set of fields that together name a record; absent where records are only added. */
  readonly matching_keys?: readonly (readonly string[])[];
}

/** The column that holds the Apollo id of a record, in mode update. */
export const APOLLO_ID = 'apollo_id';

/** What can be written: an operation for each object and mode, with the fields that the mode can write. */
export function catalogOperations(
  objects: readonly { readonly object: DestinationObject; readonly fields: readonly Field[] }[],
): readonly CatalogOperation[] {
  return objects.flatMap(({ object, fields }) => [
    // No key is asked for here, so the form would not ask for the match field either.
    operation(object, 'append', properties(fields, 'append'), { required: [object.matchField] }),
    { ...operation(object, 'append_dedup', properties(fields, 'append_dedup')), matching_keys: [[object.matchField]] },
    {
      ...operation(object, 'update', { [APOLLO_ID]: apolloId, ...properties(fields, 'update') }),
      matching_keys: [[APOLLO_ID]],
    },
  ]);
}

const apolloId: Schema = { type: 'string', title: 'Apollo id', description: 'The id of the record at Apollo.' };

type Schema = Readonly<Record<string, unknown>> & { readonly items?: Readonly<Record<string, unknown>> };

function operation(
  object: DestinationObject,
  mode: CatalogMode,
  fields: Readonly<Record<string, Schema>>,
  more: Schema = {},
): CatalogOperation {
  return {
    object_name: object.name,
    sync_mode: mode,
    json_schema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      // Said outright: the platform takes silence for consent.
      additionalProperties: false,
      ...more,
      properties: fields,
    },
  };
}

const properties = (fields: readonly Field[], mode: CatalogMode): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    fields.filter((field) => writableIn(field, mode)).map((field) => [customName(fields, field), schemaOf(field)]),
  );

function writableIn({ writable }: Field, mode: CatalogMode): boolean {
  const endpoints = Object.keys(writable) as EndpointName[];
  return endpoints.some((endpoint) => mode !== 'update' || endpoint !== 'create');
}

const schemaOf = (field: Field): Schema => ({
  ...offering(schemas[field.type], field.options),
  title: field.title,
  description: field.description,
});

// A form cannot be searched through more, and a catalog is one line that holds each choice six times.
const MOST_CHOICES = 1000;

/**
 * A schema with its choices, for forms to offer. They are an `enum` and not alternatives, since Airbyte takes `oneOf` for
 * a field of several types; `enumNames` are their titles. Null stays possible.
 */
function offering(schema: Schema, options: readonly Option[] = []): Schema {
  if (options.length === 0 || options.length > MOST_CHOICES) return schema;
  const choices = choicesOf(options);
  const values = { enum: choices.map(({ value }) => value), enumNames: choices.map(({ title }) => title) };
  if (schema['items'] !== undefined) return { ...schema, items: { ...schema['items'], ...values } };
  return { ...schema, enum: [...values.enum, null], enumNames: [...values.enumNames, ''] };
}

/** Each option as a row can name it: by a name that no other option has, else by its id. Users not by their address. */
function choicesOf(options: readonly Option[]): readonly { readonly value: string; readonly title: string }[] {
  const bearers = new Map<string, Set<string>>();
  for (const { id, names } of options) {
    for (const name of names.map(comparableName)) bearers.set(name, (bearers.get(name) ?? new Set()).add(id));
  }
  return options.map(({ id, names }) => {
    const shown = names.filter((name) => !name.includes('@'));
    return { value: shown.find((name) => bearers.get(comparableName(name))!.size === 1) ?? id, title: shown[0] ?? id };
  });
}

const text: Schema = { type: ['null', 'string'] };
const list: Schema = { type: ['null', 'array'], items: { type: 'string' } };

const schemas: Readonly<Record<FieldType, Schema>> = {
  text,
  email: text,
  phone: text,
  url: text,
  domain: text,
  id: text,
  stage: text,
  owner: text,
  option: text,
  date: { type: ['null', 'string'], format: 'date' },
  datetime: { type: ['null', 'string'], format: 'date-time', airbyte_type: 'timestamp_with_timezone' },
  number: { type: ['null', 'number'] },
  boolean: { type: ['null', 'boolean'] },
  lists: list,
  options: list,
  texts: list,
};
