import type { KeyReader } from '../source.ts';

/** A key whose reader is warned where rows of a match key repeat, and nothing but their names says which is the last. */
export const withOrderWarning = (key: KeyReader, path: string): KeyReader => ({
  ...key,
  repeats: (rows) => {
    if (rows === 0) return;
    const superseded = rows === 1 ? 'one row is' : `${rows} rows are`;
    key.warn?.(
      `${path}: ${superseded} superseded by a later row of the same match key, and the database gives its rows in no order: the last ` +
        `by ${key.primaryKeyColumn ?? 'its columns'} counts. Say which is the last with a query that ends in ORDER BY.`,
    );
  },
});
