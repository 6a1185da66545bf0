import { invalidSource } from '../../duckdb/source-failure.ts';
import { type ArrowField, type ArrowMessage, readMessage, schemaHeader } from './arrow-flatbuffer.ts';

// Types of Schema.fbs that apache-arrow 21.2 throws on: "Unrecognized type".
const unreadable: Readonly<Record<number, string>> = {
  22: 'run_end_encoded',
  25: 'list_view',
  26: 'large_list_view',
};

/** Throws ConfigFailure unless the metadata is that of a schema whose columns can all be read. */
export function requireReadableSchema(metadata: Uint8Array, where: string): void {
  const message = tryRead(metadata);
  if (message?.headerType !== schemaHeader) {
    throw invalidSource(`${where} is not Arrow IPC: it does not begin with a schema`);
  }
  requireReadableFields(message.fields, where);
}

/** Throws ConfigFailure unless all columns can be read. */
export function requireReadableFields(fields: readonly ArrowField[], where: string): void {
  const found = fields.flatMap((field) => unreadableIn(field, field.name));
  if (found.length > 0) {
    throw invalidSource(
      `${where}: ${found.join(', ')}; apache-arrow cannot read that: cast the column before writing it`,
    );
  }
}

function unreadableIn({ typeId, children }: ArrowField, path: string): string[] {
  const type = unreadable[typeId] ?? (typeId > 26 ? `of type ${typeId}` : undefined);
  if (type !== undefined) return [`column ${path} is ${type}`];
  return children.flatMap((child) => unreadableIn(child, `${path}.${child.name}`));
}

function tryRead(metadata: Uint8Array): ArrowMessage | undefined {
  try {
    return readMessage(metadata);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
