import {
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';

/** An SQL expression whose `to_json` is what a row carries. `name` is free for a lambda parameter. */
type Expression = (type: DuckDBType, sql: string, depth: number) => string;

const asIs: Expression = (_, sql) => sql;
const text: Expression = (_, sql) => `cast(${sql} as varchar)`;
// ISO 8601 has no form for years before Christ that readers agree on: these stay as DuckDB writes them, which is not a date of ours.
const iso = (sql: string): string => `replace(replace(cast(${sql} as varchar), ' ', 'T'), 'T(BC)T', ' (BC) ')`;
const timestamp: Expression = (_, sql) => iso(sql);
// The session's zone is UTC, so that the text ends in +00.
const timestampTz: Expression = (_, sql) => `replace(${iso(sql)}, '+00', 'Z')`;

function list(type: DuckDBType, sql: string, depth: number): string {
  const element = `e${depth}`;
  const { valueType } = type as DuckDBListType | DuckDBArrayType;
  const converted = jsonExpression(valueType, element, depth + 1);
  return converted === element ? sql : `list_transform(${sql}, lambda ${element}: ${converted})`;
}

function struct(type: DuckDBType, sql: string, depth: number): string {
  const { entryNames, entryTypes } = type as DuckDBStructType;
  const values = entryTypes.map((entry, i) => jsonExpression(entry, `struct_extract_at(${sql}, ${i + 1})`, depth));
  const json = `json_object(${values.map((value, i) => `${literal(entryNames[i] ?? '')}, ${value}`).join(', ')})`;
  return `case when ${sql} is not null then ${json} end`;
}

function map(type: DuckDBType, sql: string, depth: number): string {
  const { keyType, valueType } = type as DuckDBMapType;
  const entry = `e${depth}`;
  const key = `cast(${jsonExpression(keyType, `${entry}.key`, depth + 1)} as varchar)`;
  const value = jsonExpression(valueType, `${entry}.value`, depth + 1);
  return `map_from_entries(list_transform(map_entries(${sql}), lambda ${entry}: {'k': ${key}, 'v': ${value}}))`;
}

function union(type: DuckDBType, sql: string, depth: number): string {
  const { memberTags, memberTypes } = type as DuckDBUnionType;
  const cases = memberTypes.map((member, i) => {
    const tag = literal(memberTags[i] ?? '');
    return `when ${tag} then to_json(${jsonExpression(member, `union_extract(${sql}, ${tag})`, depth)})`;
  });
  return `case cast(union_tag(${sql}) as varchar) ${cases.join(' ')} end`;
}

// to_json writes 64-bit integers and decimals as numbers, which lose digits in JSON.parse, and decimals without
// their zeros (measured, DuckDB 1.5).
const expressions: Partial<Record<DuckDBTypeId, Expression>> = {
  [DuckDBTypeId.BOOLEAN]: asIs,
  [DuckDBTypeId.TINYINT]: asIs,
  [DuckDBTypeId.SMALLINT]: asIs,
  [DuckDBTypeId.INTEGER]: asIs,
  [DuckDBTypeId.UTINYINT]: asIs,
  [DuckDBTypeId.USMALLINT]: asIs,
  [DuckDBTypeId.UINTEGER]: asIs,
  [DuckDBTypeId.DOUBLE]: asIs,
  // By way of the text, 0.1 stays 0.1; a plain cast makes it 0.10000000149011612.
  [DuckDBTypeId.FLOAT]: (_, sql) => `cast(cast(${sql} as varchar) as double)`,
  [DuckDBTypeId.VARCHAR]: asIs,
  [DuckDBTypeId.SQLNULL]: asIs,
  [DuckDBTypeId.DATE]: text,
  [DuckDBTypeId.TIMESTAMP]: timestamp,
  [DuckDBTypeId.TIMESTAMP_S]: timestamp,
  [DuckDBTypeId.TIMESTAMP_MS]: timestamp,
  [DuckDBTypeId.TIMESTAMP_NS]: timestamp,
  [DuckDBTypeId.TIMESTAMP_TZ]: timestampTz,
  [DuckDBTypeId.BLOB]: (_, sql) => `to_base64(${sql})`,
  [DuckDBTypeId.VARIANT]: (_, sql) => `cast(${sql} as json)`,
  [DuckDBTypeId.LIST]: list,
  [DuckDBTypeId.ARRAY]: list,
  [DuckDBTypeId.STRUCT]: struct,
  [DuckDBTypeId.MAP]: map,
  [DuckDBTypeId.UNION]: union,
};

/** The SQL that turns a value into what a row carries; a type that is not listed becomes its text. */
export function jsonExpression(type: DuckDBType, sql: string, depth = 0): string {
  return (expressions[type.typeId] ?? text)(type, sql, depth);
}

/** The SQL of one JSON object a row, as text: column name to value. */
export function rowExpression(columns: readonly { name: string; type: DuckDBType; sql: string }[]): string {
  const entries = columns.map(({ name, type, sql }) => `${literal(name)}, ${jsonExpression(type, sql)}`);
  return `cast(json_object(${entries.join(', ')}) as varchar)`;
}

/** A column's type as DuckDB writes it. */
export const typeName = (type: DuckDBType): string => type.alias ?? String(type);
