/** What a table can be written as, and what DuckDB calls it. */
export const FILE_FORMATS = { csv: 'format csv, header', jsonl: 'format json', parquet: 'format parquet' } as const;
export type FileFormat = keyof typeof FILE_FORMATS;
