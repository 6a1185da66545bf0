import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { WorkDatabase } from '../../../runtime/duckdb/work-database.ts';

/** How much may be written between checkpoints. */
async function threshold(memoryLimit: string): Promise<unknown> {
  const work = await WorkDatabase.open({ temporaryDirectory: tmpdir(), memoryLimit });
  try {
    const connection = await work.connect();
    const found = await connection.runAndReadAll(`select current_setting('checkpoint_threshold')`);
    return found.getRows()[0]?.[0];
  } finally {
    await work.close();
  }
}

test.each(['1GB', '4 GB', '1.5GiB', '500MB'])(
  'what is written is seldom put in order where there is room: %s',
  async (limit) => {
    expect(await threshold(limit)).toBe('61.0 MiB');
  },
);

test.each(['45MB', '499MB', '0.4GB'])(
  'what is written is put in order as often as DuckDB does it where there may be little room: %s',
  async (limit) => {
    expect(await threshold(limit)).toBe('16.0 MiB');
  },
);
