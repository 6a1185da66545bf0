import {
  type Data,
  type Date_,
  type Decimal,
  type Dictionary,
  type FixedSizeBinary,
  type FixedSizeList,
  type Float,
  type Int,
  type Interval,
  type Time,
  type Timestamp,
  Type,
  type Union,
} from 'apache-arrow/Arrow';
import type { TransientFailure } from '../../contract/failure.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import { countNulls } from './arrow-batch.ts';

/** A column that cannot be read, named by the fields on the way to it. */
export const damagedColumn = (path: string, what: string): TransientFailure =>
  unreadableSource(`source.path: column ${path} cannot be read: ${what}`);

const always = (bits: number) => (): number => bits;
const ofUnit =
  (...bits: readonly number[]) =>
  (type: { readonly unit: number }): number | undefined =>
    bits[type.unit];

// Undefined where a type has a parameter that there is not.
const bitsPerValue: Partial<Record<Type, (type: never) => number | undefined>> = {
  [Type.Bool]: always(1),
  [Type.Int]: ({ bitWidth }: Int) => bitWidth,
  [Type.Float]: ({ precision }: Float) => [16, 32, 64][precision],
  [Type.Decimal]: ({ bitWidth, scale }: Decimal) => (isDecimal(bitWidth, scale) ? bitWidth : undefined),
  [Type.Date]: ofUnit(32, 64) satisfies (type: Date_) => number | undefined,
  [Type.Time]: ofUnit(32, 32, 64, 64) satisfies (type: Time) => number | undefined,
  [Type.Timestamp]: ofUnit(64, 64, 64, 64) satisfies (type: Timestamp) => number | undefined,
  [Type.Duration]: ofUnit(64, 64, 64, 64),
  [Type.Interval]: ofUnit(32, 64, 128) satisfies (type: Interval) => number | undefined,
  [Type.FixedSizeBinary]: ({ byteWidth }: FixedSizeBinary) => (byteWidth >= 0 ? byteWidth * 8 : undefined),
  [Type.Dictionary]: ({ indices }: Dictionary) => indices.bitWidth,
  [Type.BinaryView]: always(128),
  [Type.Utf8View]: always(128),
};

// The widest decimal has 76 digits. A damaged scale would be a number of that many zeros.
const mostDigits = 76;
const isDecimal = (bits: number, scale: number): boolean =>
  [32, 64, 128, 256].includes(bits) && Math.abs(scale) <= mostDigits;

const withOffsets: ReadonlySet<Type> = new Set([
  Type.Binary,
  Type.LargeBinary,
  Type.Utf8,
  Type.LargeUtf8,
  Type.List,
  Type.LargeList,
  Type.Map,
]);

/**
 * Holds the buffers of one column, without its children, against its type and length: apache-arrow gives `undefined`, or the
 * bytes of other values, where they are too short. Throws TransientFailure that names the column.
 */
export function requireLayout(data: Data, path: string): void {
  const { type, length } = data;
  const bits = bitsPerValue[data.typeId as Type];
  if (bits !== undefined) {
    const width = bits(type as never);
    if (width === undefined) throw damagedColumn(path, `its type, ${type}, is none that there is`);
    if (data.values.byteLength * 8 < width * length) {
      throw damagedColumn(path, `${data.values.byteLength} bytes are too few for ${length} values of ${type}`);
    }
  }
  if (data.typeId === Type.Union) requireUnion(data, path);
  else if (data.typeId !== Type.Null) requireValidity(data, path);
  if (withOffsets.has(data.typeId) && length > 0) requireOffsets(data, path);
  requireChildren(data, path);
}

function requireValidity({ nullBitmap, nullCount, length }: Data, path: string): void {
  if (nullCount === 0) return;
  const found = countNulls(nullBitmap, length);
  if (found !== nullCount)
    throw damagedColumn(path, `it announces ${nullCount} nulls and has ${found ?? 'fewer values'}`);
}

function requireOffsets({ valueOffsets, values, children, length }: Data, path: string): void {
  const offsets: ArrayLike<number | bigint> = valueOffsets;
  const end = values?.byteLength ?? children[0]?.length ?? 0;
  let last = Number(offsets[0] ?? -1);
  for (let i = 1; i <= length && last >= 0; i++) {
    const next = Number(offsets[i] ?? -1);
    last = next >= last ? next : -1;
  }
  if (last < 0 || last > end) throw damagedColumn(path, 'its offsets do not ascend, or reach beyond its values');
}

function requireUnion({ type, typeIds, valueOffsets, children, length }: Data, path: string): void {
  const { mode, typeIds: known } = type as Union;
  if (mode !== 0 && mode !== 1) throw damagedColumn(path, 'it is a union of a mode that there is not');
  if (typeIds.length < length || (mode === 1 && valueOffsets.length < length)) {
    throw damagedColumn(path, `its buffers are too short for ${length} values`);
  }
  if (known.length > 0 && known.length !== children.length) {
    throw damagedColumn(path, `it has ${children.length} fields and names ${known.length}`);
  }
}

// How many children a type has, where that is not what its schema says.
const childCounts: Partial<Record<Type, number>> = {
  [Type.List]: 1,
  [Type.LargeList]: 1,
  [Type.FixedSizeList]: 1,
  [Type.Map]: 1,
};

function requireChildren({ typeId, type, children, length }: Data, path: string): void {
  const expected = childCounts[typeId as Type];
  if (expected !== undefined && children.filter(Boolean).length !== expected) {
    throw damagedColumn(path, `it is a list of nothing`);
  }
  if (typeId === Type.Map && children[0]?.children.length !== 2) {
    throw damagedColumn(path, 'it is a map without keys or without values');
  }
  const size = typeId === Type.FixedSizeList ? (type as FixedSizeList).listSize : 1;
  const isAligned = typeId === Type.FixedSizeList || typeId === Type.Struct;
  if (isAligned && (size < 0 || children.some((child) => child.length < length * size))) {
    throw damagedColumn(path, `its fields have fewer than ${length * size} values`);
  }
}
