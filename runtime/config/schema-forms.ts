import type { JsonSchema } from '../contract/protocol.ts';
import { propertiesOf } from './json-schema.ts';

// Notes that a schema may have on a key. They never leave the program:
//   form: 'omit'      kept out of Airbyte's form, where it would have no effect
//   form: 'last'      the last alternative in Airbyte's form: forms fill in the first one where nothing was chosen
//   environment       the environment variable that stands in for the key
//   context           the keys an example needs beside it
const NOTES = ['form', 'environment', 'context'] as const;

// Keys that only Airbyte's form understands.
const FORM_KEYS = ['order', 'group', 'display_type', 'airbyte_secret', 'pattern_descriptor'] as const;

type Draft = Record<string, unknown>;

/** The strict JSON Schema that editors check a configuration file against. */
export const editorSchemaOf = (annotated: JsonSchema): JsonSchema => rewrite(annotated, forEditor);

/** The schema that Airbyte makes a form of. */
export const formSchemaOf = (annotated: JsonSchema): JsonSchema => ({
  ...rewrite(annotated, forForm),
  additionalProperties: true,
});

function forEditor(draft: Draft): Draft {
  const stood = Object.entries(propertiesOf(draft)).filter(([, each]) => each['environment'] !== undefined);
  const replaceable = stood.map(([key]) => key);
  const required = ((draft['required'] ?? []) as string[]).filter((key) => !replaceable.includes(key));
  const { required: _, ...rest } = draft;
  // An editor would write an empty list there, into which nothing can be typed.
  const empty = Array.isArray(draft['default']) && draft['default'].length === 0 ? ['default'] : [];
  return without({ ...rest, ...(required.length > 0 && { required }), ...filledIn(draft), ...unasked(draft) }, [
    ...NOTES,
    ...FORM_KEYS,
    ...empty,
  ]);
}

/** Without a default beside it, forms leave the key that tells alternatives apart to be typed. */
const filledIn = (draft: Draft): Draft => (draft['const'] === undefined ? {} : { default: draft['const'] });

function forForm(draft: Draft): Draft {
  const shown = Object.entries(propertiesOf(draft)).filter(([, each]) => each['form'] !== 'omit');
  const ordered = shown.map(([key, each], order) => [key, { ...each, order }]);
  return without(
    {
      ...draft,
      ...filledIn(draft),
      ...(draft['oneOf'] === undefined ? {} : { type: 'object', oneOf: inFormOrder(draft['oneOf'] as Draft[]) }),
      // Airbyte knows no alternatives of type; a constant is text there, and coerced to the field's type like any other.
      ...(Array.isArray(draft['type']) ? { type: 'string' } : {}),
      ...(draft['properties'] === undefined ? {} : { properties: Object.fromEntries(ordered) }),
    },
    // Forms offer to add any key where this is said, so it is said once, at the top.
    [...NOTES, 'additionalProperties'],
  );
}

/**
 * Forms fill in every default, and so begin an object as soon as one of its keys has one. Where it may be left out, and must hold
 * something once it is there, the defaults of its keys are said in words instead.
 */
function unasked(draft: Draft): Draft {
  if (draft['properties'] === undefined) return {};
  const required = (draft['required'] ?? []) as readonly string[];
  const properties = Object.entries(propertiesOf(draft)).map(([key, each]) => {
    const isDemanding = ((each['required'] ?? []) as readonly string[]).length > 0;
    return [key, isDemanding && !required.includes(key) ? { ...each, ...spokenDefaults(each) } : each];
  });
  return { properties: Object.fromEntries(properties) };
}

const spokenDefaults = (schema: JsonSchema): Draft => ({
  properties: Object.fromEntries(
    Object.entries(propertiesOf(schema)).map(([key, { default: value, ...each }]) => [
      key,
      value === undefined
        ? each
        : { ...each, description: `${each['description']} Default: ${JSON.stringify(value)}.` },
    ]),
  ),
});

const inFormOrder = (branches: readonly Draft[]): readonly Draft[] => [
  ...branches.filter(({ form }) => form !== 'last'),
  ...branches.filter(({ form }) => form === 'last'),
];

const without = (draft: Draft, keys: readonly string[]): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([key]) => !keys.includes(key)));

/** Applies `change` to a schema and to every schema inside it, the outer one first. */
function rewrite(schema: JsonSchema, change: (draft: Draft) => Draft): JsonSchema {
  const draft = change({ ...schema });
  if (draft['properties'] !== undefined) {
    const properties = Object.entries(propertiesOf(draft)).map(([key, each]) => [key, rewrite(each, change)]);
    draft['properties'] = Object.fromEntries(properties);
  }
  if (draft['items'] !== undefined) draft['items'] = rewrite(draft['items'] as JsonSchema, change);
  if (draft['oneOf'] !== undefined)
    draft['oneOf'] = (draft['oneOf'] as JsonSchema[]).map((each) => rewrite(each, change));
  return draft;
}
