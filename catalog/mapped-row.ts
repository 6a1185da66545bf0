import type { Rejection } from '../runtime/contract/outcome.ts';
import type { DroppedValue, Row } from '../runtime/contract/record.ts';
import type { Binding } from './binding.ts';
import { coerce, plainText } from './coerce.ts';
import { keyFieldsOf, matchKeyOf } from './identity-keys.ts';
import { comparableName } from './normalise.ts';
import type { DestinationObject, Field, Values, WireValue } from './object.ts';
import { shownAmong, shownName } from './shown-name.ts';
import { kindOf, scalarText } from './spelling/text.ts';

/** A row as values of fields, or why it will not be written. */
export type MappedRow =
  | {
      readonly ok: true;
      readonly primaryKey: string;
      readonly values: Values;
      readonly matchKey: string;
      readonly apolloId?: string | undefined;
      /** Values that do not fit their fields and were left out, so that the fields stay as they are. Absent: none. */
      readonly dropped?: readonly DroppedValue[] | undefined;
      /** The match key of the account that the contact belongs to; absent where the row names none. */
      readonly link?: string;
    }
  | { readonly ok: false; readonly rejection: Rejection; readonly primaryKey?: string; readonly matchKey?: string };

/** What a compiled mapping does with rows. */
interface RowMapper {
  map(row: Row): MappedRow;
  matchKeyOf(row: Row): string | undefined;
  nameOf(row: Row): string | undefined;
}

/** A binding with a settled rule for a value that does not fit. */
interface CheckedBinding extends Binding {
  /** Such a value is left out; otherwise it refuses the row. */
  readonly drops: boolean;
}

interface Plan {
  readonly object: DestinationObject;
  readonly bindings: readonly CheckedBinding[];
  readonly keyBindings: readonly CheckedBinding[];
  readonly primaryKeyColumn: string | undefined;
  /** The column was asked for by name: a row without it has no name, even where its record has one. */
  readonly requiresPrimaryKey: boolean;
  readonly apolloId: string | undefined;
  readonly nulls: 'ignore' | 'clear';
  readonly lists: readonly string[];
}

/** The values that are fit to be sent, and why others were left out. */
interface Fit {
  readonly values: Values;
  readonly dropped: readonly Rejection[];
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rejection: Rejection };

/** Applies a checked mapping to rows. */
export function rowMapper(plan: Plan): RowMapper {
  return { map: (row) => mapRow(plan, row), matchKeyOf: (row) => keyOf(plan, row), nameOf: (row) => nameOf(plan, row) };
}

function mapRow(plan: Plan, row: Row): MappedRow {
  const given = primaryKeyOf(plan, row);
  const primaryKey = given?.includes('\0') ? undefined : given;
  const apolloId = apolloIdOf(plan, row);
  const fit = valuesOf(plan, plan.bindings, row);
  // Equal to keyOf wherever the row is not refused, and cheaper.
  const matchKey =
    plan.apolloId === undefined && fit.ok ? matchKeyOf(plan.object.name, fit.value.values) : keyOf(plan, row);
  const refuse = (rejection: Rejection): MappedRow => refused(rejection, primaryKey, matchKey);

  if (primaryKey === undefined && plan.requiresPrimaryKey) return refuse(missingPrimaryKey(plan, row));
  if (!apolloId.ok) return refuse(apolloId.rejection);
  if (!fit.ok) return refuse(fit.rejection);
  const { values, dropped } = fit.value;
  if (matchKey === undefined) return refuse(lostKey(plan, dropped) ?? missingMatchField(plan));
  return {
    ok: true,
    primaryKey: primaryKey ?? matchKey,
    values: withLists(plan, values),
    matchKey,
    dropped: dropped.length > 0 ? dropped.map(({ code, field = '' }) => ({ code, field })) : undefined,
    apolloId: apolloId.value,
  };
}

const refused = (rejection: Rejection, primaryKey: string | undefined, matchKey: string | undefined): MappedRow => ({
  ok: false,
  rejection,
  ...(primaryKey === undefined ? {} : { primaryKey }),
  ...(matchKey === undefined ? {} : { matchKey }),
});

/** What people call the record that the match field names. */
function nameOf(plan: Plan, row: Row): string | undefined {
  const fit = valuesOf(plan, plan.keyBindings, row);
  if (plan.apolloId !== undefined || !fit.ok || fit.value.values[plan.object.matchField] === undefined)
    return undefined;
  const { name, first_name, last_name } = fit.value.values;
  const parts = plan.object.name === 'accounts' ? [name] : [first_name, last_name];
  return comparableName(parts.filter((part) => part !== undefined).join(' ')) || undefined;
}

/** In mode update the id names the record. Elsewhere the fields do, if all that could are fit to be sent. */
function keyOf(plan: Plan, row: Row): string | undefined {
  if (plan.apolloId !== undefined) {
    const id = apolloIdOf(plan, row);
    return id.ok ? `id:${id.value}` : undefined;
  }
  const fit = valuesOf(plan, plan.keyBindings, row);
  return fit.ok ? matchKeyOf(plan.object.name, fit.value.values) : undefined;
}

/** The values of a row's fields, in the order of the mapping; the first that is unfit and not to be dropped refuses the row. */
function valuesOf({ nulls }: Plan, bindings: readonly CheckedBinding[], row: Row): Read<Fit> {
  const values: Record<string, WireValue> = {};
  let dropped: readonly Rejection[] = nothing;
  for (const { field, from, constant, drops, required } of bindings) {
    const cell = from === undefined ? constant : cellOf(row, from);
    const value = fitValue(field, constant, cell);
    if (isRefused(value)) {
      const rejection = { code: value.code, message: value.message, field: shownName(field) };
      if (!drops) return { ok: false, rejection };
      dropped = [...dropped, rejection];
      continue;
    }
    if (value === '' && required) return { ok: false, rejection: missingValue(field, from, cell) };
    if (value !== '' || clears(nulls, field, cell)) values[field.name] = value;
  }
  return { ok: true, value: { values, dropped } };
}

const nothing: readonly Rejection[] = [];

type Refused = Extract<ReturnType<typeof coerce>, { readonly ok: false }>;

/** What is sent of a cell, or why it is not fit. Most cells are plain: no object has to say that they are. */
function fitValue(field: Field, constant: CheckedBinding['constant'], cell: unknown): WireValue | Refused {
  if (constant !== undefined) return constant;
  const plain = plainText(field, cell);
  if (plain !== undefined) return plain;
  const coerced = coerce(field, cell);
  return coerced.ok ? coerced.value : coerced;
}

const isRefused = (value: WireValue | Refused): value is Refused => typeof value === 'object' && 'code' in value;

/** A column that a row leaves out says nothing, not even null: sparse sources omit what they do not know. */
const clears = (nulls: Plan['nulls'], field: Field, cell: unknown): boolean =>
  nulls === 'clear' && cell !== undefined && isClearable(field);

const missingValue = (field: Field, from: string | undefined, cell: unknown): Rejection => ({
  code: 'missing_required_field',
  message: `${shownName(field)} is required by the mapping, and column "${from}" has no value for it; received ${kindOf(cell)}.`,
  field: shownName(field),
});

/** Why a row has no match key, where that is for a value of its own that does not fit. */
const lostKey = ({ keyBindings }: Plan, dropped: readonly Rejection[]): Rejection | undefined =>
  dropped.find(({ field }) => keyBindings.some((binding) => shownName(binding.field) === field));

/** Emptying is for what can be written again: not for keys, ids, stages, owners and lists. */
export const isClearable = ({ type, identity, writable }: Field): boolean =>
  identity !== true &&
  (writable.patch ?? writable.bulkUpdate) !== undefined &&
  !['id', 'stage', 'owner', 'lists', 'texts'].includes(type);

function withLists({ lists }: Plan, values: Values): Values {
  if (lists.length === 0) return values;
  const own = values['lists'];
  return { ...values, lists: [...new Set([...(Array.isArray(own) ? own : []), ...lists])] };
}

/** Only a row's own cells: a column may be called `constructor`. */
const cellOf = (row: Row, column: string): unknown =>
  typeof row === 'object' && row !== null && Object.hasOwn(row, column) ? row[column] : undefined;

/** As the source has it: an id with a space behind it is another id. */
function primaryKeyOf({ primaryKeyColumn }: Plan, row: Row): string | undefined {
  if (primaryKeyColumn === undefined) return undefined;
  const cell = cellOf(row, primaryKeyColumn);
  const text = scalarText(cell);
  return text === undefined || text === '' ? undefined : typeof cell === 'string' ? cell : text;
}

const noApolloId = { ok: true, value: undefined } as const;
const apolloIdField = { name: 'apollo_id', type: 'id' } as const;

function apolloIdOf({ apolloId }: Plan, row: Row): Read<string | undefined> {
  if (apolloId === undefined) return noApolloId;
  const coerced = coerce(apolloIdField, cellOf(row, apolloId));
  if (!coerced.ok)
    return { ok: false, rejection: { code: coerced.code, message: coerced.message, field: 'apollo_id' } };
  if (coerced.value !== '') return { ok: true, value: String(coerced.value) };
  const message = `Column "${apolloId}" holds no Apollo id, and mode update needs one.`;
  return { ok: false, rejection: { code: 'missing_apollo_id', message, field: 'apollo_id' } };
}

function missingPrimaryKey({ primaryKeyColumn }: Plan, row: Row): Rejection {
  const cell = cellOf(row, primaryKeyColumn ?? '');
  // No text of PostgreSQL can hold it, so that a store there could not take the row, nor any row that shares a commit with it.
  const received = typeof cell === 'string' && cell.includes('\0') ? 'text with the character U+0000' : kindOf(cell);
  const message = `The primary key column "${primaryKeyColumn}" must hold text or a number; received ${received}.`;
  return { code: 'missing_primary_key', message };
}

function missingMatchField({ object, keyBindings }: Plan): Rejection {
  const bound = new Map(keyBindings.map(({ field }) => [field.name, field]));
  const shown = (name: string) => shownAmong(bound, name);
  const others = keyFieldsOf(object.name)
    .slice(1)
    .filter((names) => names.every((name) => bound.has(name)));
  const also =
    others.length === 0 ? '' : ` Nor is there ${others.map((names) => names.map(shown).join(' + ')).join(', or ')}.`;
  const field = shown(object.matchField);
  const message = `${field} is empty, and nothing else identifies the record.${also}`;
  return { code: 'missing_required_field', message, field };
}
