import { withAccountLink } from '../../catalog/account-link.ts';
import type { MappingEntry } from '../../catalog/binding.ts';
import { CUSTOM_PREFIX, customFieldsNamed, customLabelOf } from '../../catalog/custom-field.ts';
import { fieldNamed } from '../../catalog/field-lookup.ts';
import { type CompiledMapping, compileMapping } from '../../catalog/mapping.ts';
import {
  type Missing,
  missingFields,
  missingOptions,
  otherTypes,
  takesOptions,
  withMissing,
} from '../../catalog/missing.ts';
import type { DestinationObject, Field } from '../../catalog/object.ts';
import type { ColumnKinds, ColumnValues } from '../../runtime/contract/provision.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { writeMode } from './modes.ts';

interface CompiledStream {
  readonly mapping: CompiledMapping;
  /** What could not be learned of the workspace, in words for a person. */
  readonly gaps: readonly string[];
  /** All fields that can be mapped, stand-ins for those that are missing included. */
  readonly fields: readonly Field[];
  /** What the workspace lacks, and the stream asks to have made. */
  readonly missing: Missing;
  /** The columns whose values are wanted as options of picklists. */
  readonly optionColumns: readonly string[];
}

/** What a stream is compiled against. */
interface CompileAround {
  /** Where it is configured, for messages. */
  readonly path: string;
  readonly columns: readonly string[] | undefined;
  readonly kinds?: ColumnKinds | undefined;
  /** Values of the columns that are wanted as options. */
  readonly values?: ColumnValues | undefined;
  readonly workspace: Workspace;
}

/**
 * Checks a stream's mapping against its object, the workspace and the source's columns, and asks the workspace for no
 * more than the mapping names. Throws ConfigFailure where they do not fit. Without columns, as in `check`, a stream that
 * has no mapping is taken for one of its match field.
 */
export async function compileStream(
  object: DestinationObject,
  stream: StreamConfig,
  { path, columns, kinds = new Map(), values = new Map(), workspace }: CompileAround,
): Promise<CompiledStream> {
  const written = writtenMapping(object, stream);
  const mapping = written ?? (columns === undefined ? [{ to: object.matchField, from: object.matchField }] : undefined);
  const wanted: readonly MappingEntry[] = [
    ...(mapping ?? (columns ?? []).map((column) => ({ to: column, from: column }))),
    ...lastValues(stream),
  ];
  const names = wanted.map(({ to }) => to);
  const { fields: present, gaps } = await workspaceFields(object, names, workspace);
  const added = missingFields(object, present, wanted, { all: stream.create_fields, kinds });
  const taking = stream.create_options ? picklists(present, wanted) : [];
  const options = asked(taking, values).map(([field, given]) => ({
    field,
    names: missingOptions(field, given, { path, object: object.name }),
  }));
  const missing = { fields: added, options: options.filter(({ names: all }) => all.length > 0) };
  const fields = withMissing(present, missing);
  const compiled = compileMapping({
    object,
    fields,
    columns,
    stream: {
      path,
      mode: writeMode(stream),
      primaryKey: stream.primary_key,
      mapping,
      apolloId: stream.apollo_id,
      nulls: stream.nulls,
      onInvalid: stream.on_invalid,
      lists: stream.membership ? [stream.membership.list] : stream.lists,
    },
  });
  const { account, on_invalid: onInvalid } = stream;
  return {
    gaps: [...gaps, ...otherTypes(object, present, mapping ?? [], `${path}.mapping`)],
    fields,
    missing,
    optionColumns: taking.flatMap(({ from }) => from ?? []),
    mapping:
      account === undefined
        ? compiled
        : withAccountLink(compiled, { path, from: account.from, columns, onInvalid, fields: object.fields }),
  };
}

/** What a field gets when a row is gone: it may be missing as a mapped one may. */
function lastValues({ on_removed }: StreamConfig): readonly MappingEntry[] {
  if (typeof on_removed !== 'object' || !('set_field' in on_removed)) return [];
  const { to, value } = on_removed.set_field;
  return [{ to, constant: value }];
}

interface TakenPicklist {
  readonly field: Field;
  readonly from: string | undefined;
  readonly constant: unknown;
}

/** The entries that write a picklist which options can be added to. */
const picklists = (fields: readonly Field[], wanted: readonly MappingEntry[]): readonly TakenPicklist[] =>
  wanted.flatMap(({ to, from, constant }) => {
    const [field, ...others] = customFieldsNamed(fields, customLabelOf(to) ?? '');
    return field !== undefined && others.length === 0 && takesOptions(field) ? [{ field, from, constant }] : [];
  });

/** Each picklist with all the values that are to be written to it. */
function asked(taking: readonly TakenPicklist[], values: ColumnValues): readonly (readonly [Field, unknown[]])[] {
  const given = new Map<Field, unknown[]>();
  for (const { field, from, constant } of taking) {
    const more = from === undefined ? [constant] : (values.get(from) ?? []);
    given.set(field, [...(given.get(field) ?? []), ...more]);
  }
  return [...given];
}

/** The mapping that a configuration writes, or implies: a key says who is to be on a list, and nothing else is read. */
function writtenMapping({ matchField }: DestinationObject, { mapping, membership, apollo_id }: StreamConfig) {
  if (mapping.length > 0) return mapping;
  if (membership === undefined || membership.behaviour === 'upsert') return undefined;
  return apollo_id === undefined ? [{ to: matchField, from: matchField }] : [];
}

/** The object's fields, with what the workspace knows of those that are named: custom fields, stages and owners. */
export async function workspaceFields(object: DestinationObject, names: readonly string[], workspace: Workspace) {
  const custom = names.some((name) => name.trim().toLowerCase().startsWith(CUSTOM_PREFIX))
    ? await workspace.customFields(object)
    : { value: [], gaps: [] };
  const named = new Set(names.map((name) => fieldNamed(object.fields, name)));
  const fields: Field[] = [];
  for (const field of object.fields)
    fields.push(named.has(field) ? await withOptions(object, field, workspace) : field);
  return { fields: [...fields, ...custom.value], gaps: custom.gaps };
}

async function withOptions({ name }: DestinationObject, field: Field, workspace: Workspace): Promise<Field> {
  if (field.type === 'stage') return { ...field, options: await workspace.stages(name) };
  if (field.type === 'owner') return { ...field, options: await workspace.users() };
  return field;
}
