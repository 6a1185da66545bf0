import { apollo } from '../../connector/apollo.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import { Failure } from '../../runtime/contract/failure.ts';
import { bytes, catalogOf, record } from '../support/airbyte.ts';
import type { TestRow } from '../support/warehouse.ts';

interface Writing {
  /** A configuration with one stream, `rows`. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly run: AbortController;
  readonly runId: string;
  readonly folder: string;
}

/** Sends rows to `write`, as one stream; whether it came to its end with all of them. A defect is thrown. */
export async function writeRows(
  rows: readonly TestRow[],
  { json, clock, run, runId, folder }: Writing,
): Promise<boolean> {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const [asked] = catalogOf('rows').streams;
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  const catalog = { streams: [{ ...asked, stream: { name: 'rows', json_schema: { properties } } }] };
  const options = {
    catalog: async () => catalog,
    stdin: bytes(rows.map((row) => `${record('rows', row)}\n`).join('')),
    run,
    runId,
    // DuckDB takes one thread where memory is small, which is cheaper for a few rows.
    source: { temporaryDirectory: folder, memoryLimit: '99MB' },
  };
  const dependencies = { clock, environment: {}, version: '0', notice: () => undefined };
  try {
    for await (const _ of write(apollo, async () => apollo.configure(json, 'airbyte', {}), options, dependencies));
  } catch (error) {
    if (error instanceof Failure) return error.code === 'too_many_rejects';
    throw error;
  }
  return !run.signal.aborted;
}
