import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import { jsonExpression, rowExpression } from '../row-json.ts';

/** Rows that can be read any number of times and are the same each time. */
export interface Readable {
  /** What follows FROM. */
  readonly sql: string;
  /** The SQL of a row's position; ascending in the order of the source, unless `order` says another one. */
  readonly position: string;
  /** What the rows are ordered by, where they came in no order. Only `ranked` reads it: no other part may compare positions before. */
  readonly order?: string;
  /** The SQL of one row as JSON text, with at least these columns; all of them where none are named. */
  json(columns?: readonly string[]): string;
  /** The SQL of the text of a column that names rows; undefined where a row might name itself otherwise in JavaScript. */
  key(column: string): string | undefined;
  /** The SQL of a hash of these columns; another salt makes another hash. */
  hash(columns: readonly string[], salt: string): string;
}

/** A column by its name in the source, and by what it is called in SQL. */
interface ReadableColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly sql: string;
}

// Types whose value in a row is a text or an integer, so that SQL knows the very characters.
const keyTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.VARCHAR,
  DuckDBTypeId.ENUM,
  DuckDBTypeId.UUID,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIME_TZ,
  DuckDBTypeId.INTERVAL,
  DuckDBTypeId.BIT,
  DuckDBTypeId.BLOB,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

/** How the rows of a table with these columns are read. */
export function readable(sql: string, position: string, columns: readonly ReadableColumn[]): Readable {
  const named = (name: string) => columns.find((column) => column.name === name);
  return {
    sql,
    position,
    json: (only) => rowExpression(only === undefined ? columns : columns.filter(({ name }) => only.includes(name))),
    key: (name) => {
      const column = named(name);
      // JSON is text to SQL, and whatever it holds to JavaScript.
      if (column === undefined || !keyTypes.has(column.type.typeId) || column.type.alias === 'JSON') return undefined;
      return `cast(${jsonExpression(column.type, column.sql)} as varchar)`;
    },
    hash: (names, salt) => {
      const read = names.map((name) => named(name)).filter((column) => column !== undefined);
      const types = read.map(({ name, type }) => `${name} ${type}`).join();
      return `hash(${[literal(`${salt} ${types}`), ...read.map((column) => column.sql)].join(', ')})`;
    },
  };
}

/** How the rows of a table with a `position` and a `json` text are read. */
export const readableJson = (sql: string): Readable => ({
  sql,
  position: 'position',
  json: () => 'json',
  key: (name) => {
    const at = literal(pointer(name));
    const isExact = `json_type(json, ${at}) in ('VARCHAR', 'BIGINT', 'UBIGINT', 'BOOLEAN')`;
    return `case when ${isExact} then json_extract_string(json, ${at}) end`;
  },
  hash: (names, salt) =>
    `hash(${literal(salt)}, json_extract(json, [${names.map((name) => literal(pointer(name))).join(', ')}]))`,
});

// A JSON pointer (RFC 6901): unlike a JSONPath, it can name any key.
const pointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
