import { randomUUID } from 'node:crypto';
import { chmod, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import { literal } from '../../duckdb/sql.ts';
import { FILE_FORMATS, type FileFormat } from './file-formats.ts';

/** A query, and the file that it goes to. */
interface FileOf {
  readonly sql: string;
  readonly path: string;
  readonly format: FileFormat;
}

/**
 * Writes what queries find, a file each, and returns how many rows each has. Files that only their owner can read take
 * their names when all of them are complete; otherwise none is there. Throws ConfigFailure where they cannot be written.
 */
export async function writeFiles(
  connection: DuckDBConnection,
  files: readonly FileOf[],
  option = '--to',
): Promise<readonly number[]> {
  const made = files.map((file) => ({ ...file, temporary: join(dirname(file.path), `.${randomUUID()}.tmp`) }));
  const counts: number[] = [];
  let path = '';
  try {
    for (const { sql, format, temporary, ...file } of made) {
      path = file.path;
      const result = await connection.runAndReadAll(
        `copy (${sql}) to ${literal(temporary)} (${FILE_FORMATS[format]}, use_tmp_file false)`,
      );
      await chmod(temporary, 0o600);
      counts.push(Number(result.getRows()[0]?.[0]));
    }
    for (const { temporary, ...file } of made) {
      path = file.path;
      await rename(temporary, path);
    }
    return counts;
  } catch (error) {
    for (const { temporary } of made) await rm(temporary, { force: true });
    throw new ConfigFailure(`${option}: ${path} cannot be written: ${messageOf(error)}`, { code: 'invalid_target' });
  }
}
