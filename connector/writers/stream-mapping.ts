import { CUSTOM_PREFIX } from '../../catalog/custom-field.ts';
import { fieldNamed } from '../../catalog/field-lookup.ts';
import { type CompiledMapping, compileMapping } from '../../catalog/mapping.ts';
import type { DestinationObject, Field } from '../../catalog/object.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { writeMode } from './modes.ts';

export interface CompiledStream {
  readonly mapping: CompiledMapping;
  /** What could not be learned of the workspace, in words for a person. */
  readonly gaps: readonly string[];
}

/**
 * Checks a stream's mapping against its object, the workspace and the source's columns, and asks the workspace for no
 * more than the mapping names. Throws ConfigFailure where they do not fit. Without columns, as in `check`, a stream that
 * has no mapping is taken for one of its match field.
 */
export async function compileStream(
  object: DestinationObject,
  stream: StreamConfig,
  { path, columns, workspace }: { path: string; columns: readonly string[] | undefined; workspace: Workspace },
): Promise<CompiledStream> {
  const written = writtenMapping(object, stream);
  const mapping = written ?? (columns === undefined ? [{ to: object.matchField, from: object.matchField }] : undefined);
  const names = mapping?.map(({ to }) => to) ?? columns ?? [];
  const { fields, gaps } = await workspaceFields(object, names, workspace);
  return {
    gaps,
    mapping: compileMapping({
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
    }),
  };
}

/** The mapping that a configuration writes, or implies: who is to be on a list is told by a key, and nothing else is read. */
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
