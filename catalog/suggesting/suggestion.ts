import { placesOf } from '../binding.ts';
import { coerce } from '../coerce.ts';
import { customFieldsNamed, customName } from '../custom-field.ts';
import { fieldNamed } from '../field-lookup.ts';
import type { DestinationObject, Field } from '../object.ts';
import { spelledName } from '../spelling/spelled-name.ts';
import { aboutThings, nameHints, otherThings } from './name-hints.ts';
import { otherLook } from './value-looks.ts';

/** A column of a source, with some of the values that it holds, nulls left out. */
interface SampledColumn {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** A field, the column that is probably meant for it, and why; no value is ever quoted. */
interface SuggestedEntry {
  readonly to: string;
  readonly from: string;
  readonly why: string;
  /** A value that does not fit had better be left out than the whole row. */
  readonly isOptional?: true;
}

interface Suggestion {
  readonly mapping: readonly SuggestedEntry[];
  /** What could be mapped as well, at the price of a request for each record, and how many of the values looked at there are. */
  readonly costly: readonly (SuggestedEntry & { readonly filled: number })[];
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
  /** Why it is not taken although it fits by name. */
  readonly against?: string | undefined;
}

/** Guesses which column is meant for which field, from names and values; each column and each field once at most. */
export function suggestMapping(
  object: DestinationObject,
  fields: readonly Field[],
  columns: readonly SampledColumn[],
): Suggestion {
  const writable = fields.filter(({ writable, locked }) => Object.keys(writable).length > 0 && locked === undefined);
  const candidates = columns.flatMap((column) => candidatesFor(object, writable, column));
  const isEmpty = columns.every(({ values }) => values.length === 0);
  const found = assigned(candidates.filter((candidate) => isLikely(candidate, { isEmpty })));
  const taken = [...found, ...phoneInstead(writable, found)];
  const order = new Map(writable.map((field, index) => [field, index]));
  const sorted = taken.toSorted((a, b) => order.get(a.field)! - order.get(b.field)!);
  const entries = (those: readonly Candidate[]) =>
    those.map((one) => ({ ...entryOf(fields, one), filled: one.column.values.length }));
  return {
    mapping: entries(sorted.filter(({ field }) => !isCostly(field))).map(({ filled: _, ...entry }) => entry),
    costly: entries(sorted.filter(({ field }) => isCostly(field))),
    left: columns
      .filter((column) => !taken.some((one) => one.column === column))
      .map((column) => ({ column: column.name, ...whyLeft(object, column, candidates, taken) })),
  };
}

const entryOf = (fields: readonly Field[], { column, field, reason, fits }: Candidate): SuggestedEntry => ({
  to: customName(fields, field),
  from: column.name,
  // Any value is a text.
  why: [reason, field.type === 'text' ? '' : share(fits, column)].filter((part) => part !== '').join('; '),
  ...((field.type === 'phone' || field.type === 'url') &&
    field.identity === undefined && { isOptional: true as const }),
});

/** Only PATCH takes it, one record a request. */
const isCostly = ({ writable }: Field): boolean => Object.keys(writable).join() === 'patch';

/** The general phone number, which creation takes, from the best of the columns whose own field costs a request a record. */
function phoneInstead(fields: readonly Field[], taken: readonly Candidate[]): readonly Candidate[] {
  const phone = fields.find(({ name }) => name === 'phone');
  if (phone === undefined || taken.some(({ field }) => placesOverlap(field, phone) && !isCostly(field))) return [];
  const kinds = ['direct_phone', 'mobile_phone', 'corporate_phone'];
  const [best] = kinds.flatMap((kind) => taken.filter(({ field }) => field.name === kind));
  if (best === undefined) return [];
  return [{ ...best, field: phone, reason: `in the place of ${best.field.name}: creation takes it` }];
}

const placesOverlap = (a: Field, b: Field): boolean =>
  placesOf(a).some(([place]) => placesOf(b).some(([other]) => place === other));

function candidatesFor(object: DestinationObject, fields: readonly Field[], column: SampledColumn): Candidate[] {
  const plain = spelledName(column.name);
  const own = fieldNamed(fields, plain) ?? fieldNamed(fields, column.name);
  const labelled = [plain.replaceAll('_', ' '), column.name].flatMap((label) => customFieldsNamed(fields, label));
  const found: { field: Field | undefined; rank: number; reason: string }[] = [
    {
      field: own,
      rank: own?.name === plain ? 0 : 1,
      reason: own?.name === plain ? 'the same name' : 'another name for it',
    },
    ...labelled.map((field) => ({ field, rank: 1, reason: 'its label' })),
  ];
  if (!otherThings.test(plain) && !aboutThings.test(plain)) {
    const hint = nameHints[object.name].find(({ name }) => name.test(plain));
    found.push({ field: fields.find(({ name }) => name === hint?.field), rank: 2, reason: 'the name is like it' });
    // Only what is recognised by its form: an e-mail address or a domain, where the object is found by it.
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
    const isList = column.values.length > 0 && column.values.every(Array.isArray) && !takesLists(field);
    const values = isList ? column.values.map((value) => (value as readonly unknown[])[0]) : column.values;
    const fits = values.filter((value) => coerce(field, value).ok).length;
    const against = isList && fits > 0 ? listText(field, column) : unlike(field, values);
    return [{ column, field, rank, reason, fits, against }];
  });
}

const takesLists = ({ type }: Field): boolean => type === 'lists' || type === 'texts' || type === 'options';

const listText = ({ title }: Field, { name }: SampledColumn): string =>
  `a list, and ${title} is one value: take its first entry in a query, ${identifier(name)}[1]`;

const unlike = (field: Field, values: readonly unknown[]): string | undefined => {
  const look = otherLook(field, values);
  return look === undefined ? undefined : `named like ${field.title}, but it holds ${look}`;
};

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * A name that says it is believed unless most values speak against it; a hint needs values that speak for it. Without
 * values a column is taken only where no column has any.
 */
function isLikely(
  { column: { values }, rank, fits, against }: Candidate,
  { isEmpty }: { readonly isEmpty: boolean },
): boolean {
  if (against !== undefined) return false;
  if (values.length === 0) return isEmpty && rank < 2;
  return fits > 0 && fits >= values.length * (rank < 2 ? 0.5 : 0.8);
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

function whyLeft(
  object: DestinationObject,
  column: SampledColumn,
  candidates: readonly Candidate[],
  taken: readonly Candidate[],
): { why?: string } {
  const readOnly = object.readOnly.find(({ name }) => name === spelledName(column.name));
  if (readOnly !== undefined) return { why: readOnly.reason };
  const named = candidates.find((one) => one.column === column && one.rank < 3);
  if (named === undefined) return {};
  const { title } = named.field;
  if (named.against !== undefined) return { why: named.against };
  if (!isLikely(named, { isEmpty: false }))
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
