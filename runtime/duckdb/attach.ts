import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf } from '../contract/failure.ts';
import { messageWithoutValues } from './message-without-values.ts';
import { invalidSource } from './source-failure.ts';
import type { WorkDatabase } from './work-database.ts';

const path = 'source.database';

/** Attaches the user's database file. Throws ConfigFailure when it is missing, locked, or no DuckDB database. */
export async function attachDatabase(work: WorkDatabase, file: string): Promise<void> {
  await requireFile(file, path);
  try {
    await work.attach(file);
  } catch (error) {
    throw invalidSource(`${path}: ${explain(file, messageOf(error).trim())}`);
  }
}

/** Throws ConfigFailure where there is no such file. */
export async function requireFile(file: string, path: string, kind = 'a DuckDB database file'): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw invalidSource(`${path}: ${file} cannot be opened: ${messageOf(error)}; expected ${kind}`);
  });
  if (!found.isFile()) throw invalidSource(`${path}: ${file} is a folder; expected ${kind}`);
}

/** Why DuckDB does not open a database file, and what to do about it. */
export function explain(file: string, message: string): string {
  const known = explanations.find(([is]) => is.test(message));
  return known === undefined
    ? `${file} cannot be attached: ${messageWithoutValues(message)}`
    : `${file} ${known[1](message, file)}`;
}

const asAnother = (file: string) => `ATTACH '${basename(file)}' AS old`;

/** What DuckDB says of a file that it does not open, and what to do about it. */
const explanations: readonly (readonly [is: RegExp, explanation: (message: string, file: string) => string])[] = [
  [
    /not a valid DuckDB database/i,
    () => 'is not a DuckDB database file; Parquet, CSV and JSON files are read by a query, without a database',
  ],
  [
    // Two processes can read a file together, but none while another writes (duckdb.org/docs, "Concurrency").
    /Could not set lock/i,
    (message) => {
      const owner = /held in (.*?)(?:\. |$)/m.exec(message)?.[1] ?? 'another process';
      return `is locked by ${owner}; close it there, or give a copy of the file under the same name, which its views and queries may use`;
    },
  ],
  [
    /encrypted database/i,
    (_, file) =>
      `is encrypted, and encrypted databases are not read; copy it with the duckdb command line: ${asAnother(file)} (ENCRYPTION_KEY '…'), ATTACH a file without a key, COPY FROM DATABASE`,
  ],
  [
    /version number (\d+), but we can only read versions between/i,
    (message, file) => {
      const {
        found = '',
        from = '',
        to = '',
      } = /version number (?<found>\d+), .*? between (?<from>\d+) and (?<to>\d+)/i.exec(message)?.groups ?? {};
      const said = `has storage version ${found}; versions ${from} to ${to} are read, which DuckDB 0.10 to 1.5 write`;
      return Number(found) < Number(from)
        ? `${said}. It is older: EXPORT DATABASE with the version that made it, and IMPORT DATABASE with DuckDB 1.5`
        : `${said}. It is newer: copy it with the DuckDB that made it: ${asAnother(file)}; ATTACH 'copy.duckdb' (STORAGE_VERSION 'v1.5.0'); COPY FROM DATABASE old TO copy. Or export Parquet files, which a query reads`;
    },
  ],
  [
    /WAL file/i,
    (message, file) =>
      `has a write-ahead log that cannot be replayed while it is open for reading only: whatever wrote it has ended without a checkpoint. Open it once for writing, with the DuckDB that wrote it, and say CHECKPOINT: duckdb ${basename(file)} -c CHECKPOINT (${messageWithoutValues(message)})`,
  ],
  [
    /Corrupt database file|Could not read enough bytes/i,
    (message) => `is damaged or cut off; take a whole copy of it (${messageWithoutValues(message)})`,
  ],
];
