import { stringify } from 'yaml';
import type { JsonSchema } from '../contract/protocol.ts';
import { branchesOf, expectation, propertiesOf } from './json-schema.ts';

/** One key of the configuration, as the reference shows it. */
interface Entry {
  /** `streams[].mapping[].to` */
  readonly key: string;
  /** The alternative it belongs to: `type arrow`. */
  readonly choice: string | undefined;
  readonly schema: JsonSchema;
  /** A piece of configuration in which the key stands where it belongs. */
  readonly example: unknown;
  readonly isRequired: boolean;
}

/** Every key that the schema knows, outer ones first, in the order of the schema. */
export const entriesOf = (schema: JsonSchema): readonly Entry[] => keysOf(schema, '', (example) => example);

/** The reference of every key, in Markdown, with a worked example for each. */
const referenceOf = (schema: JsonSchema): string => entriesOf(schema).map(sectionOf).join('\n');

type Keys = Readonly<Record<string, unknown>>;
type Nest = (example: unknown) => unknown;

const keysOf = (schema: JsonSchema, prefix: string, nest: Nest): readonly Entry[] =>
  branchesOf(schema).flatMap((branch) => {
    const required = (branch['required'] ?? []) as readonly string[];
    const properties = Object.entries(propertiesOf(branch));
    const [choice] = properties.filter(([, each]) => 'const' in each).map(([key, each]) => `${key} ${each['const']}`);
    return properties.flatMap(([key, each]): readonly Entry[] => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const isRequired = required.includes(key) && each['environment'] === undefined;
      // The keys that a whole configuration needs would stand in every example.
      const needed = prefix === '' ? [] : required;
      const example = nest(exampleOf(branch, key, needed));
      const inside = (value: unknown): unknown => nest(filled(branch, { ...contextOf(each), [key]: value }, needed));
      return [{ key: path, choice, schema: each, isRequired, example }, ...within(each, path, inside)];
    });
  });

function within(schema: JsonSchema, path: string, nest: Nest): readonly Entry[] {
  const items = schema['items'] as JsonSchema | undefined;
  return items === undefined ? keysOf(schema, path, nest) : keysOf(items, `${path}[]`, (example) => nest([example]));
}

// An object that has examples of its own shows the first that has the key: its keys explain each other.
function exampleOf(parent: JsonSchema, key: string, needed: readonly string[]): Keys {
  const schema = propertiesOf(parent)[key]!;
  const whole = (parent['examples'] ?? []) as readonly Keys[];
  const fitting = parent['properties'] === undefined ? undefined : whole.find((each) => Object.hasOwn(each, key));
  const [first] = (schema['examples'] ?? []) as readonly unknown[];
  return fitting ?? filled(parent, { ...contextOf(schema), [key]: first }, needed);
}

const contextOf = (schema: JsonSchema): Keys => (schema['context'] ?? {}) as Keys;

// With what is needed besides, each key where the schema has it.
function filled(schema: JsonSchema, keys: Keys, needed: readonly string[]): Keys {
  const entries = Object.entries(propertiesOf(schema)).flatMap(([key, each]) => {
    if (Object.hasOwn(keys, key)) return [[key, keys[key]]];
    const [first] = (each['examples'] ?? []) as readonly unknown[];
    return needed.includes(key) ? [[key, each['const'] ?? first]] : [];
  });
  return Object.fromEntries(entries);
}

function sectionOf({ key, choice, schema, example, isRequired }: Entry): string {
  const facts = [
    `expects ${expectation([schema])}`,
    isRequired ? 'required' : undefined,
    schema['default'] === undefined ? undefined : `default \`${JSON.stringify(schema['default'])}\``,
    schema['environment'] === undefined ? undefined : `or the environment variable \`${schema['environment']}\``,
    schema['airbyte_secret'] === true ? 'secret: never printed' : undefined,
    schema['form'] === 'omit' ? "not in Airbyte's form" : undefined,
  ];
  return [
    `### \`${key}\`${choice === undefined ? '' : ` (${choice})`}`,
    '',
    `${schema['description']}`,
    '',
    `*${facts.filter((fact) => fact !== undefined).join('; ')}*`,
    '',
    '```yaml',
    stringify(example, { lineWidth: 0 }).trimEnd(),
    '```',
    '',
  ].join('\n');
}

/** A line for each key: its default, and what it is. */
function tableOf(schema: JsonSchema): string {
  const lines = entriesOf(schema).map(({ key, choice, schema: { title, default: fallback }, isRequired }) => {
    const name = `\`${key}\`${choice === undefined ? '' : ` (${choice})`}`;
    const unless = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
    return `| [${name}](#${anchorOf(name)}) | ${isRequired ? 'required' : unless} | ${title} |`;
  });
  return ['| key | default | |', '| --- | --- | --- |', ...lines].join('\n');
}

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

const TABLE = ['<!-- keys: written by scripts/docs-configuration.ts, do not edit -->', '<!-- end of keys -->'] as const;
const REFERENCE = [
  '<!-- reference: written by scripts/docs-configuration.ts, do not edit -->',
  '<!-- end of reference -->',
] as const;

/** A page with its table of keys and its reference written again; what stands around their markers stays. */
export const withReference = (page: string, schema: JsonSchema): string =>
  between(between(page, TABLE, tableOf(schema)), REFERENCE, referenceOf(schema));

function between(page: string, [begin, end]: readonly [string, string], text: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page lacks the lines ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n${page.slice(to)}`;
}
