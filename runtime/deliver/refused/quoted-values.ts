import type { PreparedRecord } from '../../contract/record.ts';
import type { Step } from '../../contract/writer.ts';

/** A value that a request says of a record, and where it says it. */
export interface SentValue {
  /** The keys on the way to it, without places in lists. */
  readonly path: readonly string[];
  /** Equal for values that differ in case, in blanks around them or in how a number is written. */
  readonly form: string;
}

/** Every value that a request of this step says of a record, its id at the destination included. */
export function sentValues<R>(step: Step<R>, record: PreparedRecord<R>): readonly SentValue[] {
  const values = [...leaves(step.content?.of(record), [])];
  if (record.id === undefined) return values;
  const id = { path: ['id'], form: formOf(record.id) };
  return values.some(({ form }) => form === id.form) ? values : [...values, id];
}

/** Names a value at its place. */
export const keyOf = ({ path, form }: SentValue): string => `${path.join('.')} ${form}`;

/** A value as it is compared. */
function formOf(value: string): string {
  const plain = value.normalize('NFKC').trim().toLowerCase();
  // A phone number is quoted with other blanks and signs than it was sent with.
  if (/^\+?[\d\s().-]{7,}$/.test(plain)) return plain.replace(/\D/g, '');
  if (/^-?\d+\.\d+$/.test(plain)) return plain.replace(/\.?0+$/, '');
  return plain.replace(/^https?:\/\//, '').replace(/\/+$/, '');
}

function* leaves(value: unknown, path: readonly string[]): Generator<SentValue> {
  if (typeof value === 'string' || typeof value === 'number') {
    const form = formOf(String(value));
    if (form !== '') yield { path, form };
  } else if (Array.isArray(value)) {
    for (const entry of value) yield* leaves(entry, path);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) yield* leaves(entry, [...path, key]);
  }
}

/** Which records of a refused request hold what its refusal quotes. */
export interface Holders<R> {
  /** Those at fault, where that is certain. */
  readonly guilty: readonly PreparedRecord<R>[];
  /** The values for which they are, where that is certain too. */
  readonly values: readonly SentValue[];
  /** Where records hold it at different places, and one of these may be right: all records, grouped by those places. */
  readonly groups: readonly (readonly PreparedRecord<R>[])[];
}

/** Finds who holds what a refusal quotes; undefined where no record does. */
export function holdersOf<R>(
  records: readonly PreparedRecord<R>[],
  quoted: readonly string[],
  step: Step<R>,
): Holders<R> | undefined {
  const wanted = new Set(quoted.map(formOf));
  const found = records.map((record) => ({
    record,
    values: sentValues(step, record).filter(({ form }) => wanted.has(form)),
  }));
  const forms = longest([...new Set(found.flatMap(({ values }) => values.map(({ form }) => form)))]);
  if (forms.length === 0) return undefined;
  const held = found.map(({ record, values }) => ({
    record,
    values: values.filter(({ form }) => forms.includes(form)),
  }));
  const holding = held.filter(({ values }) => values.length > 0);
  const places = new Map(holding.flatMap(({ values }) => values.map((value) => [value.path.join('.'), value])));
  const groups = grouped(held);
  if (places.size > 1 && [...groups.keys()].filter((key) => key !== '').length > 1) {
    const ordered = [...groups].sort(([a], [b]) => placesIn(a) - placesIn(b));
    return { guilty: [], values: [], groups: ordered.map(([, group]) => group) };
  }
  const values = places.size === 1 ? holding.flatMap((one) => one.values) : [];
  return { guilty: holding.map(({ record }) => record), values, groups: [] };
}

/** The records by what they hold of it; those that hold nothing under an empty key. */
function grouped<R>(
  held: readonly { readonly record: PreparedRecord<R>; readonly values: readonly SentValue[] }[],
): ReadonlyMap<string, readonly PreparedRecord<R>[]> {
  const groups = new Map<string, PreparedRecord<R>[]>();
  for (const { record, values } of held) {
    const key = [...new Set(values.map(keyOf))].sort().join('\n');
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return groups;
}

const placesIn = (key: string): number => (key === '' ? 0 : key.split('\n').length);

/** Without those that are a part of another one: of "Foo Bar is not valid" the value is "Foo Bar", not "Bar". */
const longest = (forms: readonly string[]): readonly string[] =>
  forms.filter((form) => !forms.some((other) => other !== form && other.includes(form)));
