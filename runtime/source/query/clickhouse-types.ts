/** A name as ClickHouse's SQL takes it. */
export const quotedName = (name: string): string => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

// What Arrow has no type for comes as a number, or as bytes (clickhouse.com/docs/interfaces/formats/ArrowStream; seen in 26.9).
const asInstant = /^DateTime(\('[^']*'\))?$/;
const asText = /^(Enum(8|16)\(|IPv[46]$|U?Int(128|256)$|Interval)/;
const fixedText = /^FixedString\(\d+\)$/;
const inside = /\b(DateTime(?!64)|Enum(8|16)|IPv[46]|U?Int(128|256)|FixedString)\b/;

/** The SQL that reads a column, by its name, in a type that Arrow has. */
export function castSql(name: string, type: string): string {
  const sql = quotedName(name);
  const plain = bare(type);
  if (asInstant.test(plain)) return `toDateTime64(${sql}, 0, 'UTC') as ${sql}`;
  if (fixedText.test(plain)) return `toStringCutToZero(${sql}) as ${sql}`;
  if (asText.test(plain) || (/^(Array|Tuple|Map|Nested|Variant|Dynamic)\b/.test(plain) && inside.test(plain))) {
    return `toString(${sql}) as ${sql}`;
  }
  return sql;
}

/** A type without what says that it may be null, or how it is stored. */
const bare = (type: string): string => {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/s.exec(type)?.[1];
  return inner === undefined ? type : bare(inner);
};
