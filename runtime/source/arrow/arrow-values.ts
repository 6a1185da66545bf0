import {
  type Data,
  type Field,
  type FixedSizeList,
  type RecordBatch,
  Type,
  type Union,
  type Vector,
} from 'apache-arrow/Arrow';
import { Failure, messageOf } from '../../contract/failure.ts';
import { extensionOf } from './arrow-extensions.ts';
import { damagedColumn, requireLayout } from './arrow-layout.ts';
import { type Read, type Reader, scalarReaders, unknownType } from './arrow-scalars.ts';

const elements = (read: Read, from: number, to: number): unknown[] =>
  Array.from({ length: to - from }, (_, i) => read(from + i));

const list: Reader = ({ children, type, valueOffsets }, path) => {
  const read = fieldReader(type.children[0], children[0], path);
  return (index) => elements(read, Number(valueOffsets[index]), Number(valueOffsets[index + 1]));
};

const fixedList: Reader = ({ children, type }, path) => {
  const read = fieldReader(type.children[0], children[0], path);
  const size = (type as FixedSizeList).listSize;
  return (index) => elements(read, index * size, (index + 1) * size);
};

const struct: Reader = ({ children, type }, path) => objectReader(type.children, children, path);

const map: Reader = ({ children, type, valueOffsets }, path) => {
  const entries = children[0]!;
  requireLayout(entries, path);
  const fields: readonly Field[] = type.children[0]!.type.children;
  const [keys, values] = fields.map((field, i) => fieldReader(field, entries.children[i], path));
  return (index) => {
    // Without a prototype, so that a key named __proto__ is a key.
    const object: Record<string, unknown> = Object.create(null);
    const to = Number(valueOffsets[index + 1]);
    for (let i = Number(valueOffsets[index]); i < to; i++) object[keyText(keys!(i), path)] = values!(i);
    return object;
  };
};

function keyText(key: unknown, path: string): string {
  if (key === null) throw damagedColumn(path, 'a key of a map is null');
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

const union: Reader = ({ children, type, typeIds, valueOffsets }, path) => {
  const fields: readonly Field[] = type.children;
  const reads = children.map((child, i) => fieldReader(fields[i], child, path));
  const { mode, typeIds: ids, typeIdToChildIndex } = type as Union;
  return (index) => {
    // Where a schema names no ids, they count the fields.
    const child = ids.length > 0 ? typeIdToChildIndex[typeIds[index]!] : typeIds[index];
    const at = mode === 1 ? Number(valueOffsets[index]) : index;
    if (at < 0 || !(at < (children[child ?? -1]?.length ?? 0))) {
      throw damagedColumn(path, 'a value of a union refers to a field or a value that is not there');
    }
    return reads[child!]!(at);
  };
};

// Values of a dictionary are converted once, however many rows and batches have them.
const dictionaries = new WeakMap<Vector, Read>();

const dictionary: Reader = ({ dictionary: vector, values }, path) => {
  const read = (vector && dictionaries.get(vector)) ?? remembered(vectorReader(vector, path));
  if (vector !== undefined) dictionaries.set(vector, read);
  return (index) => {
    const key = Number(values[index]);
    const size = vector?.length ?? 0;
    // A dictionary that is missing is none to apache-arrow.
    if (key < 0 || key >= size) throw damagedColumn(path, `a value refers to entry ${key} of a dictionary of ${size}`);
    return read(key);
  };
};

function remembered(read: Read): Read {
  const known = new Map<number, unknown>();
  return (index) => {
    if (!known.has(index)) known.set(index, read(index));
    return known.get(index);
  };
}

// Delta dictionaries come in several parts.
function vectorReader(vector: Vector | undefined, path: string): Read {
  const parts = (vector?.data ?? []).map((data) => ({ length: data.length, read: childReader(data, path) }));
  return (index) => {
    let at = index;
    for (const { length, read } of parts) {
      if (at < length) return read(at);
      at -= length;
    }
    return null;
  };
}

const readers: Partial<Record<Type, Reader>> = {
  ...scalarReaders,
  [Type.List]: list,
  [Type.LargeList]: list,
  [Type.FixedSizeList]: fixedList,
  [Type.Struct]: struct,
  [Type.Map]: map,
  [Type.Union]: union,
  [Type.Dictionary]: dictionary,
};

function childReader(data: Data, path: string): Read {
  requireLayout(data, path);
  const read = (readers[data.typeId as Type] ?? unknownType(data))(data, path);
  // A union has no nulls of its own; those of its fields are theirs.
  return data.typeId !== Type.Union && data.nullCount > 0
    ? (index) => (data.getValid(index) ? read(index) : null)
    : read;
}

function fieldReader(field: Field | undefined, data: Data | undefined, above: string): Read {
  if (field === undefined || data === undefined) throw damagedColumn(above, 'a field of it is missing');
  const path = above === '' ? field.name : `${above}.${field.name}`;
  const read = childReader(data, path);
  const convert = extensionOf(field)?.convert;
  if (convert === undefined) return read;
  return (index) => {
    const value = read(index);
    return value === null ? null : converted(convert, value, path);
  };
}

function converted(convert: (value: unknown) => unknown, value: unknown, path: string): unknown {
  try {
    return convert(value);
  } catch (error) {
    throw damagedColumn(path, messageOf(error));
  }
}

function objectReader(fields: readonly Field[], children: readonly Data[], path: string): Read {
  const columns = fields.map((field, i) => ({ name: field.name, read: fieldReader(field, children[i], path) }));
  return (index) => {
    const object: Record<string, unknown> = Object.create(null);
    for (const { name, read } of columns) object[name] = read(index);
    return object;
  };
}

/**
 * Reads rows of a batch as JSON text, by index. Both the call and the reading throw TransientFailure that names the column
 * where its buffers are damaged.
 */
export function batchReader(batch: RecordBatch): (index: number) => string {
  const read = withoutDefects(() => objectReader(batch.schema.fields, batch.data.children, ''));
  return (index) => withoutDefects(() => JSON.stringify(read(index)));
}

// Bytes of others may always hold what has not been thought of.
function withoutDefects<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw damagedColumn('of a batch', messageOf(error));
  }
}
