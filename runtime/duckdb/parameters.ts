import { type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';

/** Texts and lists of texts, as the parameters `$1`, `$2` of a statement with their types. */
export const texts = (...given: readonly (string | readonly string[])[]): [DuckDBValue[], DuckDBType[]] => [
  given.map((one) => (typeof one === 'string' ? one : listValue([...one]))),
  given.map((one) => (typeof one === 'string' ? VARCHAR : LIST(VARCHAR))),
];
