import type { Row } from '../runtime/contract/record.ts';
import {
  type Binding,
  bindColumns,
  bindEntries,
  invalidMapping,
  type MappingEntry,
  refuseCollisions,
  requireColumn,
} from './binding.ts';
import { keyFieldsOf } from './identity-keys.ts';
import { isClearable, type MappedRow, rowMapper } from './mapped-row.ts';
import type { DestinationObject, Field } from './object.ts';
import { shownName } from './shown-name.ts';
import { plainList } from './spelling/text.ts';

/** What the configuration says of one stream, as far as mapping needs it. */
interface StreamMapping {
  /** Where it stands in the configuration, `streams[0]`. */
  readonly path: string;
  readonly mode: 'upsert' | 'insert' | 'update';
  /** The column that names a row; by default the one mapped to the match field. */
  readonly primaryKey?: string | undefined;
  /** Absent: columns that carry the name of a field are taken as they are. */
  readonly mapping?: readonly MappingEntry[] | undefined;
  /** The column that holds the Apollo id, in mode update. */
  readonly apolloId?: string | undefined;
  readonly nulls: 'ignore' | 'clear';
  /** What happens to a value that does not fit, where the entry of the mapping does not say. Default: reject. */
  readonly onInvalid?: MappingEntry['on_invalid'];
  /** Lists that every record is added to. */
  readonly lists?: readonly string[] | undefined;
}

interface MappingInput {
  readonly object: DestinationObject;
  /** Those of the object, with the options of stages and owners, and its custom fields. */
  readonly fields: readonly Field[];
  readonly stream: StreamMapping;
  /** Of the source; absent where they are not known before the first row. */
  readonly columns?: readonly string[] | undefined;
}

/** A mapping that was checked once and can be applied to any number of rows. */
export interface CompiledMapping {
  /** The source columns that `map` reads. */
  readonly columns: readonly string[];
  /** The source columns that `matchKeyOf` reads. */
  readonly keyColumns: readonly string[];
  /** The column that names a row; absent where the match key does. */
  readonly primaryKeyColumn: string | undefined;
  /** The fields whose values are sent. */
  readonly fields: readonly Field[];
  readonly warnings: readonly string[];
  /** Pure and total: never throws, whatever the row holds. */
  map(row: Row): MappedRow;
  /** The normalised match key of a row; undefined for a row that has none, and will be rejected. Never throws. */
  matchKeyOf(row: Row): string | undefined;
  /** The name of the record of a row whose match field is filled, as names are compared; made of `keyColumns`. Never throws. */
  nameOf(row: Row): string | undefined;
}

/** Checks a stream's mapping against its object and the source's columns. Throws a ConfigFailure naming what is wrong. */
export function compileMapping({ object, fields, stream, columns }: MappingInput): CompiledMapping {
  const { bindings, warnings } = bind({ object, fields, stream, columns });
  refuseCollisions(bindings);
  for (const { from, path } of bindings) {
    if (from !== undefined) requireColumn(columns, from, stream.mapping === undefined ? path : `${path}.from`);
  }
  if (stream.primaryKey !== undefined) requireColumn(columns, stream.primaryKey, `${stream.path}.primary_key`);
  if (stream.apolloId !== undefined) requireColumn(columns, stream.apolloId, `${stream.path}.apollo_id`);

  const sent = bindings.filter(({ field }) => Object.keys(field.writable).length > 0);
  requireFields(sent, stream, object);
  requireIdentity(sent, stream, object);
  const checked = withPolicy(sent, stream, object);

  const apolloId = stream.mode === 'update' ? stream.apolloId : undefined;
  const matchColumn = sent.find(({ field }) => field.name === object.matchField)?.from;
  const primaryKeyColumn = stream.primaryKey ?? matchColumn ?? apolloId;
  const keyNames = new Set(keyFieldsOf(object.name).flat());
  const keyBindings = apolloId === undefined ? checked.filter(({ field }) => keyNames.has(field.name)) : [];
  return {
    columns: columnsOf(sent, primaryKeyColumn, apolloId),
    keyColumns: columnsOf(keyBindings, apolloId),
    primaryKeyColumn,
    fields: fieldsOf(sent, stream, fields),
    warnings: [...warnings, ...warningsOf(bindings, stream)],
    ...rowMapper({
      object,
      bindings: checked,
      keyBindings,
      primaryKeyColumn,
      requiresPrimaryKey: stream.primaryKey !== undefined,
      apolloId,
      nulls: stream.nulls,
      lists: plainList(stream.lists ?? []),
    }),
  };
}

function bind({ object, fields, stream, columns }: MappingInput) {
  const path = `${stream.path}.mapping`;
  if (stream.mapping !== undefined)
    return { bindings: bindEntries(object, fields, stream.mapping, path), warnings: [] };
  if (columns === undefined)
    throw invalidMapping(path, 'the columns of the source are not known, so a mapping must be written.');
  return bindColumns(object, fields, columns, { path, keys: [stream.primaryKey, stream.apolloId] });
}

function requireFields(
  sent: readonly Binding[],
  { path, mode, lists = [] }: StreamMapping,
  object: DestinationObject,
): void {
  const onlyLists = mode === 'update' && lists.length > 0;
  if (sent.length > 0 || onlyLists) return;
  throw invalidMapping(`${path}.mapping`, `no field of ${object.name} is mapped, so nothing would be written.`);
}

function requireIdentity(sent: readonly Binding[], stream: StreamMapping, object: DestinationObject): void {
  if (stream.mode === 'update') {
    if (stream.apolloId !== undefined) return;
    throw invalidMapping(
      `${stream.path}.apollo_id`,
      'mode update needs the column that holds the Apollo id of the record.',
    );
  }
  if (areIdentified(sent, object)) return;
  const others = keyFieldsOf(object.name)
    .slice(1)
    .map((names) => names.join(' + '));
  throw invalidMapping(
    `${stream.path}.mapping`,
    `nothing identifies a record. Map "${object.matchField}", or one of: ${others.join(', ')}.`,
  );
}

/** Whether these fields are enough to name a record. */
function areIdentified(sent: readonly Binding[], object: DestinationObject): boolean {
  const bound = new Map(sent.map((one) => [one.field.name, one]));
  return keyFieldsOf(object.name).some(
    (names) => names.every((name) => bound.has(name)) && names.some((name) => bound.get(name)?.from !== undefined),
  );
}

/**
 * Settles for each binding what happens to a value that does not fit. A value that names the record is never left out, or
 * the row could become another person's: an entry that asks for it is refused, and a stream that does means the others.
 */
function withPolicy(
  sent: readonly Binding[],
  { mode, onInvalid = 'reject' }: StreamMapping,
  object: DestinationObject,
) {
  return sent.map((binding) => {
    const { field, path } = binding;
    const others = sent.filter((one) => one !== binding);
    const isKey = mode !== 'update' && (field.identity === true || !areIdentified(others, object));
    if (isKey && binding.onInvalid === 'drop') {
      throw invalidMapping(
        `${path}.on_invalid`,
        `"${shownName(field)}" tells records apart, so that a row cannot be written without it. Expected reject.`,
      );
    }
    return { ...binding, drops: !isKey && binding.required !== true && (binding.onInvalid ?? onInvalid) === 'drop' };
  });
}

const columnsOf = (bindings: readonly Binding[], ...more: readonly (string | undefined)[]): readonly string[] => [
  ...new Set([...bindings.map(({ from }) => from), ...more].filter((column) => column !== undefined)),
];

/** The mapped fields, and `lists` where the stream adds its own. */
function fieldsOf(sent: readonly Binding[], { lists = [] }: StreamMapping, fields: readonly Field[]): readonly Field[] {
  const mapped = sent.map(({ field }) => field);
  const isMapped = mapped.some(({ type }) => type === 'lists');
  return lists.length > 0 && !isMapped ? [...mapped, ...fields.filter(({ type }) => type === 'lists')] : mapped;
}

function warningsOf(bindings: readonly Binding[], { path, mode, nulls, apolloId }: StreamMapping): readonly string[] {
  const onlyCreated = ({ writable }: Field): boolean => Object.keys(writable).join() === 'create';
  const perField = bindings.flatMap(({ field, path: at }) => {
    if (Object.keys(field.writable).length === 0)
      return [`${at}: "${shownName(field)}" is not sent. ${field.note ?? ''}`.trim()];
    if (mode !== 'update' || !onlyCreated(field)) return [];
    return [`${at}: "${shownName(field)}" is written only when a record is created, which mode update never does.`];
  });
  const kept = bindings.filter(({ field }) => !isClearable(field)).map(({ field }) => shownName(field));
  return [
    ...perField,
    ...(nulls === 'clear' && kept.length > 0 ? [`${path}.nulls: a null never empties ${kept.join(', ')}.`] : []),
    ...(mode !== 'update' && apolloId !== undefined ? [`${path}.apollo_id: it is read in mode update only.`] : []),
  ];
}
