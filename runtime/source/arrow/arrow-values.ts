import {
  type Data,
  type Field,
  type FixedSizeList,
  type RecordBatch,
  Type,
  type Union,
  type Vector,
} from 'apache-arrow';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import { type Read, type Reader, scalarReaders, unknownType } from './arrow-scalars.ts';
import { uuidText } from './arrow-text.ts';

const elements = (read: Read, from: number, to: number): unknown[] =>
  Array.from({ length: to - from }, (_, i) => read(from + i));

function list({ children, valueOffsets }: Data): Read {
  const read = childReader(children[0]);
  return (index) => elements(read, Number(valueOffsets[index]), Number(valueOffsets[index + 1]));
}

function fixedList({ children, type }: Data): Read {
  const read = childReader(children[0]);
  const size = (type as FixedSizeList).listSize;
  return (index) => elements(read, index * size, (index + 1) * size);
}

function struct({ children, type }: Data): Read {
  const fields: readonly Field[] = type.children;
  return objectReader(fields, children);
}

function map({ children, valueOffsets }: Data): Read {
  const [keys, values] = (children[0]?.children ?? []).map(childReader);
  return (index) => {
    // Without a prototype, so that a key named __proto__ is a key.
    const object: Record<string, unknown> = Object.create(null);
    const to = Number(valueOffsets[index + 1]);
    for (let i = Number(valueOffsets[index]); i < to; i++) object[keyText(keys?.(i))] = values?.(i);
    return object;
  };
}

const keyText = (key: unknown): string => (typeof key === 'object' ? JSON.stringify(key) : String(key));

function union({ children, type, typeIds, valueOffsets }: Data): Read {
  const reads = children.map(childReader);
  const { mode, typeIdToChildIndex } = type as Union;
  const dense = mode === 1;
  return (index) => {
    const at = dense ? valueOffsets[index] : index;
    return reads[typeIdToChildIndex[typeIds[index] ?? -1] ?? -1]?.(at) ?? null;
  };
}

// Values of a dictionary are converted once, however many rows and batches have them.
const dictionaries = new WeakMap<Vector, unknown[]>();

function dictionary({ dictionary: vector, values }: Data): Read {
  if (vector === undefined) return () => null;
  const known = dictionaries.get(vector) ?? [];
  dictionaries.set(vector, known);
  const read = vectorReader(vector);
  return (index) => {
    const key = Number(values[index]);
    if (!(key in known)) known[key] = read(key);
    return known[key];
  };
}

// Delta dictionaries come in several parts. An index beyond them means that a dictionary is missing, which apache-arrow
// does not say of a file.
function vectorReader(vector: Vector): Read {
  const parts = vector.data.map((data) => ({ length: data.length, read: childReader(data) }));
  return (index) => {
    let at = index;
    for (const { length, read } of parts) {
      if (at < length) return read(at);
      at -= length;
    }
    throw unreadableSource(`source.path: a value refers to entry ${index} of a dictionary of ${vector.length}`);
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

function childReader(data: Data | undefined): Read {
  if (data === undefined) return () => null;
  const read = (readers[data.typeId as Type] ?? unknownType)(data);
  return data.nullCount > 0 ? (index) => (data.getValid(index) ? read(index) : null) : read;
}

// Extension types are stored as another type and named in the field's metadata (arrow.apache.org/docs/format/CanonicalExtensions.html).
const extensions: Readonly<Record<string, (value: unknown) => unknown>> = {
  'arrow.uuid': (value) => (typeof value === 'string' ? uuidText(Buffer.from(value, 'base64')) : value),
  'arrow.json': (value) => (typeof value === 'string' ? jsonOrText(value) : value),
};

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fieldReader(field: Field, data: Data | undefined): Read {
  const read = childReader(data);
  const extension = extensions[field.metadata.get('ARROW:extension:name') ?? ''];
  return extension === undefined ? read : (index) => extension(read(index));
}

function objectReader(fields: readonly Field[], children: readonly Data[]): Read {
  const columns = fields.map((field, i) => ({ name: field.name, read: fieldReader(field, children[i]) }));
  return (index) => {
    const object: Record<string, unknown> = Object.create(null);
    for (const { name, read } of columns) object[name] = read(index);
    return object;
  };
}

/** Reads rows of a batch as JSON text, by index. */
export function batchReader(batch: RecordBatch): (index: number) => string {
  const read = objectReader(batch.schema.fields, batch.data.children);
  return (index) => JSON.stringify(read(index));
}
