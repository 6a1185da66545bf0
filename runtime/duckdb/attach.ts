import { stat } from 'node:fs/promises';
import { invalidSource, messageOf } from './source-failure.ts';
import type { WorkDatabase } from './work-database.ts';

const path = 'source.database';

/** Attaches the user's database file. Throws ConfigFailure when it is missing, locked, or no DuckDB database. */
export async function attachDatabase(work: WorkDatabase, file: string): Promise<void> {
  await requireFile(file);
  try {
    await work.attach(file);
  } catch (error) {
    throw invalidSource(`${path}: ${explain(file, messageOf(error).trim())}`);
  }
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw invalidSource(`${path}: ${file} cannot be opened: ${messageOf(error)}; expected a DuckDB database file`);
  });
  if (!found.isFile()) throw invalidSource(`${path}: ${file} is a folder; expected a DuckDB database file`);
}

function explain(file: string, message: string): string {
  if (/not a valid DuckDB database/i.test(message)) {
    return `${file} is not a DuckDB database file; Parquet, CSV and JSON files are read by a query, without a database`;
  }
  if (/Could not set lock/i.test(message)) {
    // Two processes can read a file together, but none while another writes (duckdb.org/docs, "Concurrency").
    const holder = /held in (.*?)(?:\. |$)/m.exec(message)?.[1] ?? message;
    return `${file} is locked by ${holder}; close it there, or give a copy of the file`;
  }
  return `${file} cannot be attached: ${message}`;
}
