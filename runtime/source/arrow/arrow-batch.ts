import type { ArrowField, ArrowMessage } from './arrow-metadata.ts';

type BatchHeader = NonNullable<ArrowMessage['batch']>;

const types = { null: 1, binary: 4, utf8: 5, list: 12, struct: 13, union: 14, fixedList: 16, map: 17 };
const largeTypes = { binary: 19, utf8: 20, list: 21 };
const viewTypes: readonly number[] = [23, 24];

/** Buffers of a field beside its validity, by type; 1 where nothing is said. */
const buffersOf: Readonly<Record<number, number>> = {
  [types.null]: 0,
  [types.struct]: 0,
  [types.fixedList]: 0,
  [types.binary]: 2,
  [types.utf8]: 2,
  [largeTypes.binary]: 2,
  [largeTypes.utf8]: 2,
};

/** Metadata of before version 1.0 of the format (MetadataVersion V5), in which unions had a validity. */
const lastWithUnionValidity = 3;

/** A validity that nothing says is needed: its field announces no null. */
interface UnneededValidity {
  readonly path: string;
  readonly buffer: number;
  readonly length: number;
}

/**
 * Holds what the metadata of a batch announces against its schema and its body: apache-arrow fills a column that is too
 * short with nulls, and cuts one that is too long. Throws RangeError that names the column.
 */
export function requireBatchLayout(
  { nodes, buffers, length, isCompressed, variadicCounts }: BatchHeader,
  fields: readonly ArrowField[],
  { version, bodyLength }: { readonly version: number; readonly bodyLength: number },
): readonly UnneededValidity[] {
  const unneeded: UnneededValidity[] = [];
  let [node, buffer, variadic] = [0, 0, 0];

  const visit = (field: ArrowField, path: string, expected: number | undefined): void => {
    const found = soundNode(nodes[node++], path, expected);
    if (hasValidity(field, version)) {
      if (found.nullCount === 0) unneeded.push({ path, buffer, length: found.length });
      buffer += 1;
    }
    buffer += otherBuffers(field);
    if (isView(field)) {
      const count = variadicCounts[variadic++];
      if (count === undefined || !isCount(count)) throw new RangeError(`column ${path} announces ${count} buffers`);
      buffer += count;
    }
    if (field.dictionary !== undefined) return;
    const inside = childLength(field, found.length);
    for (const child of field.children) visit(child, `${path}.${child.name}`, inside);
  };

  if (!isCount(length) || length > mostRows) throw new RangeError(`a batch announces ${length} rows`);
  for (const field of fields) visit(field, String(field.name), length);
  if (node !== nodes.length || buffer !== buffers.length) {
    throw new RangeError(`a batch has ${buffers.length} buffers where its schema has ${buffer}`);
  }
  const beyond = buffers.find((range) => !isInside(range, bodyLength));
  if (beyond !== undefined) throw new RangeError(`a buffer of ${beyond.length} bytes lies beyond its body`);
  return isCompressed ? [] : unneeded.filter((validity) => buffers[validity.buffer]!.length > 0);
}

/** A node that announces as many values as expected, and not more nulls. Throws RangeError for any other. */
function soundNode(
  node: BatchHeader['nodes'][number] | undefined,
  path: string,
  expected: number | undefined,
): BatchHeader['nodes'][number] {
  if (node === undefined) throw new RangeError(`the batch ends before column ${path}`);
  const { length, nullCount } = node;
  if (!isCount(length) || (expected !== undefined && length !== expected)) {
    throw new RangeError(`column ${path} has ${length} values where ${expected ?? 'fewer'} are expected`);
  }
  if (!isCount(nullCount) || nullCount > length) {
    throw new RangeError(`column ${path} announces ${nullCount} nulls in ${length} values`);
  }
  return node;
}

// More than any reader of Arrow takes in one batch; columns of nulls have no bytes that would tell.
const mostRows = 2 ** 31 - 1;

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const isInside = ({ offset, length }: { offset: number; length: number }, size: number): boolean =>
  isCount(offset) && isCount(length) && offset + length <= size;

const isView = ({ typeId, dictionary }: ArrowField): boolean => dictionary === undefined && viewTypes.includes(typeId);

function hasValidity({ typeId, dictionary }: ArrowField, version: number): boolean {
  if (dictionary !== undefined) return true;
  if (typeId === types.union) return version <= lastWithUnionValidity;
  return typeId !== types.null;
}

function otherBuffers({ typeId, dictionary, parameter }: ArrowField): number {
  if (dictionary !== undefined) return 1;
  if (typeId === types.union) return parameter === 1 ? 2 : 1;
  return buffersOf[typeId] ?? 1;
}

/** How many values a field's children have; undefined where offsets decide. */
function childLength({ typeId, parameter }: ArrowField, length: number): number | undefined {
  if (typeId === types.fixedList) return parameter * length;
  return typeId === types.struct || (typeId === types.union && parameter === 0) ? length : undefined;
}

/** Throws RangeError where one of these marks a value as null. `body` is not compressed. */
export function requireNoNulls(validities: readonly UnneededValidity[], header: BatchHeader, body: Uint8Array): void {
  for (const { path, buffer, length } of validities) {
    const { offset, length: bytes } = header.buffers[buffer]!;
    const bits = body.subarray(offset, offset + bytes);
    if (countNulls(bits, length) !== 0)
      throw new RangeError(`column ${path} announces no nulls, and does not have as many values`);
  }
}

/** How many of the first `length` bits are 0; undefined where there are fewer. */
export function countNulls(bits: Uint8Array, length: number): number | undefined {
  // A damaged length may be of the order of 2^50.
  if (bits.byteLength * 8 < length) return undefined;
  let nulls = 0;
  for (let i = 0; i < length; i++) {
    const byte = bits[i >> 3]!;
    if (byte === 0xff && (i & 7) === 0 && i + 8 <= length) i += 7;
    else if (((byte >> (i & 7)) & 1) === 0) nulls += 1;
  }
  return nulls;
}
