import { setImmediate } from 'node:timers/promises';
import type { RecordBatch } from 'apache-arrow/Arrow';
import type { Position } from '../../contract/outcome.ts';
import type { Row } from '../../contract/record.ts';
import { unlessAborted } from '../../duckdb/interruptible.ts';
import { TextAppender } from '../../duckdb/text-appender.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { readableJson } from '../diff/readable.ts';
import { parseRows } from '../row-text.ts';
import { pageSize } from '../staged/pages.ts';
import { extentOf, type Stage } from '../staged/stage.ts';
import { batchReader } from './arrow-values.ts';

/**
 * Copies batches into the work database as they come, one JSON text a row: a stream can be read only once, and which
 * row of a match key is the last is known at its end. Throws what the batches throw, or the signal's reason.
 */
export async function stageBatches(
  work: WorkDatabase,
  batches: AsyncIterable<RecordBatch>,
  signal: AbortSignal,
): Promise<Stage> {
  const table = work.newTable('stage');
  const connection = await work.connect();
  try {
    await connection.run(`create table ${table.sql} (position bigint, json varchar)`);
    const appender = await TextAppender.to(connection, table);
    let position = 0;
    const iterator = batches[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await unlessAborted(iterator.next(), signal);
      if (done === true) break;
      await appendBatch(appender, value, position, signal);
      position += value.numRows;
    }
    appender.close();
    return { table, ...readableJson(table.sql), ...(await extentOf(connection, table)) };
  } finally {
    work.release(connection);
  }
}

/** The rows of a small result, as objects. */
export async function* rowsOfBatches(batches: AsyncIterable<RecordBatch>): AsyncGenerator<Row> {
  for await (const batch of batches) {
    const read = batchReader(batch);
    for (let i = 0; i < batch.numRows; i++) yield parseRows(read(i)) as Row;
  }
}

async function appendBatch(
  appender: TextAppender,
  batch: RecordBatch,
  from: Position,
  signal: AbortSignal,
): Promise<void> {
  const read = batchReader(batch);
  for (let i = 0; i < batch.numRows; i++) {
    appender.append(from + i, read(i));
    if (i % pageSize === pageSize - 1) {
      // A batch may be a million rows. The event loop must turn, or no signal would arrive.
      await setImmediate();
      signal.throwIfAborted();
    }
  }
}
