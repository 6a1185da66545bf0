import type { Field, Schema } from 'apache-arrow/Arrow';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';
import { extensionOf } from './arrow-extensions.ts';
import { type ArrowField, type ArrowMessage, readMessage } from './arrow-metadata.ts';

// Types of Schema.fbs that apache-arrow 21.2 throws on: "Unrecognized type".
const unreadable: Readonly<Record<number, string>> = {
  22: 'run_end_encoded',
  25: 'list_view',
  26: 'large_list_view',
};
const lastType = 26;
const integer = 2;
const integerBits: readonly number[] = [8, 16, 32, 64];

/**
 * The schema that the metadata of a message is. Throws ConfigFailure unless it is one whose columns can all be read,
 * TransientFailure where a name is damaged.
 */
export function requireReadableSchema(metadata: Uint8Array, where: string): NonNullable<ArrowMessage['schema']> {
  const schema = tryRead(metadata)?.schema;
  if (schema === undefined) throw invalidSource(`${where} is not Arrow IPC: it does not begin with a schema`);
  if (schema.bigEndian) {
    throw invalidSource(`${where} is big-endian; write it on a little-endian machine, or with little-endian buffers`);
  }
  const found = schema.fields.flatMap((field, i) => problemsOf(field, nameOf(field, `column ${i + 1}`, where), where));
  if (found.length > 0) {
    throw invalidSource(
      `${where}: ${found.join(', ')}; apache-arrow cannot read that: cast the column before writing it`,
    );
  }
  return schema;
}

/** Throws ConfigFailure where a column is of an extension type whose values would not be what they stand for. */
export function requireReadableExtensions(schema: Schema, where: string): void {
  const found = schema.fields.flatMap((field) => unreadableExtensions(field, field.name));
  if (found.length > 0) {
    throw invalidSource(`${where}: ${found.join(', ')}; cast the column to text before writing it`);
  }
}

function problemsOf({ typeId, parameter, dictionary, children }: ArrowField, path: string, where: string): string[] {
  const type = unreadable[typeId] ?? (typeId === 0 || typeId > lastType ? `of type ${typeId}` : undefined);
  if (type !== undefined) return [`column ${path} is ${type}`];
  if (typeId === integer && !integerBits.includes(parameter)) return [`column ${path} is int${parameter}`];
  if (dictionary !== undefined && !integerBits.includes(dictionary.bits)) {
    return [`column ${path} has an index of int${dictionary.bits}`];
  }
  return children.flatMap((child, i) =>
    problemsOf(child, `${path}.${nameOf(child, `field ${i + 1} of column ${path}`, where)}`, where),
  );
}

function nameOf({ name }: ArrowField, place: string, where: string): string {
  if (name === undefined) throw unreadableSource(`${where} cannot be read: the name of ${place} is not UTF-8`);
  return name;
}

function unreadableExtensions(field: Field, path: string): string[] {
  const extension = extensionOf(field);
  if (extension !== undefined && extension.convert === undefined) return [`column ${path} is ${extension.name}`];
  const children: readonly Field[] = field.type.children ?? [];
  return children.flatMap((child) => unreadableExtensions(child, `${path}.${child.name}`));
}

function tryRead(metadata: Uint8Array): ArrowMessage | undefined {
  try {
    return readMessage(metadata);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
