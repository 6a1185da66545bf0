import { type DataType, type Dictionary, type Field, type FixedSizeBinary, Type } from 'apache-arrow/Arrow';
import { uuidText } from './arrow-text.ts';
import { bignumText, bitText, integerText, timeWithZoneText } from './duckdb-binary.ts';

/** What a value of an extension type is, from how it is stored. A value that is not null. */
type Convert = (value: unknown) => unknown;

/** An extension type; without `convert` there is no reading its values. */
interface Extension {
  readonly name: string;
  readonly convert: Convert | undefined;
}

const asStored: Convert = (value) => value;
const ofBytes =
  (text: (bytes: Buffer) => unknown): Convert =>
  (value) =>
    text(Buffer.from(String(value), 'base64'));

const isText = ({ typeId }: DataType): boolean =>
  typeId === Type.Utf8 || typeId === Type.LargeUtf8 || typeId === Type.Utf8View || typeId === Type.Null;
const isBytes = ({ typeId }: DataType): boolean =>
  typeId === Type.Binary || typeId === Type.LargeBinary || typeId === Type.BinaryView;
const isFixed = (type: DataType, width: number): boolean =>
  type.typeId === Type.FixedSizeBinary && (type as FixedSizeBinary).byteWidth === width;

// Named in a field's metadata, and stored as another type (arrow.apache.org/docs/format/CanonicalExtensions.html). One that is
// not listed is what it is stored as.
const extensions: Readonly<Record<string, (storage: DataType, metadata: string) => Convert | undefined>> = {
  'arrow.uuid': (storage) => {
    if (isText(storage)) return asStored;
    return isFixed(storage, 16) ? ofBytes(uuidText) : undefined;
  },
  'arrow.json': (storage) => (isText(storage) ? (value) => jsonOrText(value) : undefined),
  'arrow.bool8': ({ typeId, bitWidth }: DataType & { readonly bitWidth?: number }) =>
    typeId === Type.Int && bitWidth === 8 ? (value) => value !== 0 : undefined,
  'arrow.opaque': (storage, metadata) => (isText(storage) ? asStored : opaqueOfDuckDb(storage, metadata)),
};

// As DuckDB exports them with `arrow_lossless_conversion` (src/common/arrow/arrow_type_extension.cpp, 2.0; observed with 2.0.1).
function opaqueOfDuckDb(storage: DataType, metadata: string): Convert | undefined {
  const { type_name: type, vendor_name: vendor } = opaqueMetadata(metadata);
  if (vendor !== 'DuckDB') return undefined;
  if (type === 'hugeint' && isFixed(storage, 16)) return ofBytes((bytes) => integerText(bytes, 'signed'));
  if (type === 'uhugeint' && isFixed(storage, 16)) return ofBytes((bytes) => integerText(bytes, 'unsigned'));
  if (type === 'time_tz' && isFixed(storage, 8)) return ofBytes(timeWithZoneText);
  if (type === 'bit' && isBytes(storage)) return ofBytes(bitText);
  if (type === 'bignum' && isBytes(storage)) return ofBytes(bignumText);
  return undefined;
}

function opaqueMetadata(text: string): { readonly type_name?: unknown; readonly vendor_name?: unknown } {
  const metadata = jsonOrText(text);
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}

function jsonOrText(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

/** The extension type of a field; undefined where it has none, or one whose values are what they are stored as. */
export function extensionOf({ type, metadata }: Field): Extension | undefined {
  const name = metadata.get('ARROW:extension:name') ?? '';
  const conversion = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
  if (conversion === undefined) return undefined;
  const storage = type.typeId === Type.Dictionary ? (type as Dictionary).dictionary : type;
  const described = metadata.get('ARROW:extension:metadata') ?? '';
  const detail = name === 'arrow.opaque' ? opaqueMetadata(described).type_name : undefined;
  return {
    name: `${name}${typeof detail === 'string' ? ` ${detail}` : ''} stored as ${storage}`,
    convert: conversion(storage, described),
  };
}
