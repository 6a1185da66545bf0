import { placesOf } from './binding.ts';
import { coerce } from './coerce.ts';
import { customFieldsNamed, customName } from './custom-field.ts';
import { fieldNamed } from './field-lookup.ts';
import { nameHints, otherThings } from './name-hints.ts';
import type { DestinationObject, Field } from './object.ts';

/** A column of a source, with some of the values that it holds, nulls left out. */
export interface SampledColumn {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** A field, the column that is probably meant for it, and why; no value is ever quoted. */
export interface SuggestedEntry {
  readonly to: string;
  readonly from: string;
  readonly why: string;
}

export interface Suggestion {
  readonly mapping: readonly SuggestedEntry[];
  /** Columns that stand for no field, and why, where there is more to say than that. */
  readonly left: readonly { readonly column: string; readonly why?: string }[];
}

/** What speaks for a column: how sure its name is (0: the field's own), and how many of its values fit. */
interface Candidate {
  readonly column: SampledColumn;
  readonly field: Field;
  readonly rank: number;
  readonly reason: string;
  readonly fits: number;
}

/** Guesses which column is meant for which field, from names and values; each column and each field once at most. */
export function suggestMapping(
  object: DestinationObject,
  fields: readonly Field[],
  columns: readonly SampledColumn[],
): Suggestion {
  const writable = fields.filter(({ writable, locked }) => Object.keys(writable).length > 0 && locked === undefined);
  const candidates = columns.flatMap((column) => candidatesFor(object, writable, column));
  const taken = assigned(candidates.filter(isLikely));
  const order = new Map(writable.map((field, index) => [field, index]));
  return {
    mapping: taken
      .toSorted((a, b) => order.get(a.field)! - order.get(b.field)!)
      .map(({ column, field, reason, fits }) => ({
        to: customName(fields, field),
        from: column.name,
        // Any value is a text.
        why: [reason, field.type === 'text' ? '' : share(fits, column), price(field)]
          .filter((part) => part !== '')
          .join('; '),
      })),
    left: columns
      .filter((column) => !taken.some((one) => one.column === column))
      .map((column) => ({ column: column.name, ...whyLeft(object, column, candidates, taken) })),
  };
}

function candidatesFor(object: DestinationObject, fields: readonly Field[], column: SampledColumn): Candidate[] {
  const plain = spelled(column.name);
  const own = fieldNamed(fields, column.name);
  const found: { field: Field | undefined; rank: number; reason: string }[] = [
    {
      field: own,
      rank: own?.name === plain ? 0 : 1,
      reason: own?.name === plain ? 'the same name' : 'another name for it',
    },
    ...customFieldsNamed(fields, plain.replaceAll('_', ' ')).map((field) => ({ field, rank: 1, reason: 'its label' })),
  ];
  if (!otherThings.test(plain)) {
    const hint = nameHints[object.name].find(({ name }) => name.test(plain));
    found.push({ field: fields.find(({ name }) => name === hint?.field), rank: 2, reason: 'the name is like it' });
    // Only what can be told by looks: an e-mail address or a domain, where the object is found by it.
    found.push({
      field: fields.find(({ name }) => name === object.matchField),
      rank: 3,
      reason: 'the values look like it',
    });
  }
  const seen = new Set<Field>();
  return found.flatMap(({ field, rank, reason }) => {
    if (field === undefined || seen.has(field)) return [];
    seen.add(field);
    const fits = column.values.filter((value) => coerce(field, value).ok).length;
    return [{ column, field, rank, reason, fits }];
  });
}

/** A name that says it is believed unless most values speak against it; a hint needs values that speak for it. */
function isLikely({ column: { values }, rank, fits }: Candidate): boolean {
  return rank < 2 ? fits >= values.length * 0.5 : values.length > 0 && fits >= values.length * 0.8;
}

function assigned(candidates: readonly Candidate[]): readonly Candidate[] {
  const places = new Set<string>();
  const columns = new Set<SampledColumn>();
  const taken: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => a.rank - b.rank || shareOf(b) - shareOf(a))) {
    const own = [candidate.field.name, ...placesOf(candidate.field).map(([place]) => place)];
    if (columns.has(candidate.column) || own.some((place) => places.has(place))) continue;
    for (const place of own) places.add(place);
    columns.add(candidate.column);
    taken.push(candidate);
  }
  return taken;
}

const shareOf = ({ fits, column: { values } }: Candidate): number => (values.length === 0 ? 0 : fits / values.length);

const price = ({ writable }: Field): string =>
  Object.keys(writable).join() === 'patch' ? 'costs a request a record' : '';

function whyLeft(
  object: DestinationObject,
  column: SampledColumn,
  candidates: readonly Candidate[],
  taken: readonly Candidate[],
): { why?: string } {
  const readOnly = object.readOnly.find(({ name }) => name === spelled(column.name));
  if (readOnly !== undefined) return { why: readOnly.reason };
  const named = candidates.find((one) => one.column === column && one.rank < 3);
  if (named === undefined) return {};
  const { title } = named.field;
  if (!isLikely(named))
    return { why: `named like ${title}, but ${share(named.fits, column) || 'it holds no values'}.` };
  const other = taken.find(({ field }) => field === named.field);
  return {
    why: other ? `${title} is taken from ${other.column.name}.` : `${title} is written to the place of another.`,
  };
}

function share(fits: number, { values: { length } }: SampledColumn): string {
  if (length === 0) return '';
  const all = length.toLocaleString('en-US');
  return fits === length ? `all ${all} values fit` : `${fits.toLocaleString('en-US')} of ${all} values fit`;
}

const spelled = (name: string): string =>
  name
    .trim()
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');
