import {
  type Data,
  type Date_,
  type Decimal,
  type Float,
  type Interval,
  type Time,
  type Timestamp,
  Type,
  Vector,
} from 'apache-arrow/Arrow';
import { binary, binaryView, fixedBinary, text, textView } from './arrow-bytes.ts';
import {
  dateOfMilliseconds,
  dateText,
  decimalText,
  float32,
  intervalText,
  timestampText,
  timeText,
} from './arrow-text.ts';

/** The value at an index of one column of one batch, as a row carries it. */
export type Read = (index: number) => unknown;
/** `path` names the column in failures. */
export type Reader = (data: Data, path: string) => Read;

const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function integer({ values }: Data): Read {
  return values instanceof BigInt64Array || values instanceof BigUint64Array
    ? (index) => String(values[index])
    : (index) => values[index];
}

const precisionHalf = 0;
const precisionSingle = 1;

function float(data: Data): Read {
  const { values } = data;
  const { precision } = data.type as Float;
  if (precision === precisionSingle) return (index) => finite(float32(values[index]));
  if (precision !== precisionHalf) return (index) => finite(values[index]);
  const halves = new Vector([data]);
  return (index) => finite(halves.get(index));
}

function boolean({ values, offset }: Data): Read {
  return (index) => ((values[(offset + index) >> 3] >> ((offset + index) & 7)) & 1) === 1;
}

// apache-arrow 21.2 prints decimal256 wrong and does not scale any decimal: the words are read here, lowest first.
function decimal({ values, type }: Data): Read {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  const { bitWidth, scale } = type as Decimal;
  const size = bitWidth / 32;
  return (index) => {
    let unscaled = 0n;
    for (let i = size - 1; i >= 0; i--) unscaled = (unscaled << 32n) | BigInt(words[index * size + i] ?? 0);
    return decimalText(BigInt.asIntN(bitWidth, unscaled), scale);
  };
}

const date: Reader = ({ values, type }) =>
  (type as Date_).unit === 0
    ? (index) => dateText(values[index])
    : (index) => dateOfMilliseconds(BigInt(values[index]));

// The library gives milliseconds and loses what is finer; the integers are all there.
function timestamp({ values, type }: Data): Read {
  const { unit, timezone } = type as Timestamp;
  const zone = timezone ? 'Z' : '';
  return (index) => timestampText(BigInt(values[index]), unit) + zone;
}

const time: Reader =
  ({ values, type }) =>
  (index) =>
    timeText(BigInt(values[index]), (type as Time).unit);

const intervals: readonly Reader[] = [
  ({ values }) =>
    (index) =>
      intervalText(values[index], 0, 0n),
  ({ values }) =>
    (index) =>
      intervalText(0, values[2 * index], BigInt(values[2 * index + 1]) * 1_000_000n),
  ({ values }) =>
    (index) => {
      const nanoseconds = (BigInt(values[4 * index + 3]) << 32n) | BigInt.asUintN(32, BigInt(values[4 * index + 2]));
      return intervalText(values[4 * index], values[4 * index + 1], nanoseconds);
    },
];

const interval: Reader = (data, path) => (intervals[(data.type as Interval).unit] ?? unknownType(data))(data, path);

/** How values without children are read, where they are not null. */
export const scalarReaders: Partial<Record<Type, Reader>> = {
  [Type.Null]: () => () => null,
  [Type.Int]: integer,
  [Type.Float]: float,
  [Type.Binary]: binary,
  [Type.LargeBinary]: binary,
  [Type.BinaryView]: binaryView,
  [Type.FixedSizeBinary]: fixedBinary,
  [Type.Utf8]: text,
  [Type.LargeUtf8]: text,
  [Type.Utf8View]: textView,
  [Type.Bool]: boolean,
  [Type.Decimal]: decimal,
  [Type.Date]: date,
  [Type.Time]: time,
  [Type.Timestamp]: timestamp,
  [Type.Duration]: time,
  [Type.Interval]: interval,
};

/** Throws of a type that no table has. */
export function unknownType(data: Data): never {
  throw new Error(`no reader for the Arrow type ${String(data.type)}`);
}
