import type { JsonSchema } from '../contract/protocol.ts';
import { withoutCredentials } from './credentials.ts';
import { MASK } from './mask.ts';

/** The secrets of a run, and the one function through which text leaves it. Grows as secrets become known. */
export class Secrets {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  constructor(values: Iterable<string> = []) {
    for (const value of values) this.add(value);
  }

  add(value: string): void {
    if (value.trim() === '' || this.#values.has(value)) return;
    this.#values.add(value);
    this.#pattern = patternOf([...this.#values]);
  }

  /** Adds every value of `config` that `schema` marks with `airbyte_secret`, whichever alternative it belongs to. */
  collect(schema: JsonSchema, config: unknown): void {
    for (const value of secretValues(schema, config)) this.add(value);
  }

  /**
   * `text` without any secret, whether plain, quoted, JSON-escaped, URL-encoded or in base64, and without what stands behind
   * `password=` and its like.
   */
  mask(text: string): string {
    return withoutCredentials(this.#pattern === undefined ? text : text.replace(this.#pattern, MASK));
  }

  /** `value` with all its texts masked; the names of its keys are ours. */
  masked<T>(value: T): T {
    if (typeof value === 'string') return this.mask(value) as T;
    if (Array.isArray(value)) return value.map((each) => this.masked(each)) as T;
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.masked(each)])) as T;
  }
}

/** The values of `config` that `schema` marks with `airbyte_secret`. */
export function secretValues(schema: JsonSchema, config: unknown): readonly string[] {
  if (schema['airbyte_secret'] === true) return leaves(config);
  const {
    oneOf = [],
    items,
    properties = {},
  } = schema as {
    oneOf?: readonly JsonSchema[];
    items?: JsonSchema;
    properties?: Readonly<Record<string, JsonSchema>>;
  };
  const inBranches = oneOf.flatMap((branch) => secretValues(branch, config));
  if (Array.isArray(config)) {
    return [...inBranches, ...(items === undefined ? [] : config.flatMap((each) => secretValues(items, each)))];
  }
  if (typeof config !== 'object' || config === null) return inBranches;
  const inKeys = Object.entries(config).flatMap(([key, value]) =>
    Object.hasOwn(properties, key) ? secretValues(properties[key]!, value) : [],
  );
  return [...inBranches, ...inKeys];
}

// A number or an object where a text belongs is a mistake, and may still be the secret.
const leaves = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(leaves)
    : value === undefined || value === null
      ? []
      : [String(value)];

// Shorter values occur in ordinary words; masked everywhere, they would leave nothing readable.
const SHORTEST_ANYWHERE = 4;

function patternOf(values: readonly string[]): RegExp {
  const forms = [...new Set(values.flatMap(formsOf))];
  // An alternation takes the first that fits, so the longest must come first: a secret may begin another.
  const longestFirst = forms.sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(expression).join('|'), 'g');
}

const expression = (form: string): string => {
  const literal = form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return form.length >= SHORTEST_ANYWHERE ? literal : `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])`;
};

const formsOf = (value: string): readonly string[] => {
  const escaped = JSON.stringify(value).slice(1, -1);
  // Half a surrogate pair cannot be encoded in a URL; it becomes what UTF-8 makes of it.
  const encoded = encodeURIComponent(Buffer.from(value).toString());
  return [
    value,
    value.trim(),
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    value.replaceAll("'", "''"),
    value.replaceAll('"', '""'),
    value.replaceAll(/['\\]/g, '\\$&'),
    ...(value.length < SHORTEST_ANYWHERE ? [] : base64Forms(value)),
  ];
};

// Base64 of a text that contains the secret, such as `user:secret`: it reads three bytes at a time, so the secret looks
// different at each of three offsets. Characters at the edges depend on the neighbours as well and are left out.
const base64Forms = (value: string): readonly string[] =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const whole = Math.floor((bytes.length * 8) / 6);
    const core = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), whole);
    return core.length < SHORTEST_ANYWHERE ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
