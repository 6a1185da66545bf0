import { apollo } from '../../connector/apollo.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import { Failure } from '../../runtime/contract/failure.ts';
import { bytes, catalogOf, record, streamState } from '../support/airbyte.ts';
import type { TestRow } from '../support/warehouse.ts';

interface Writing {
  /** A configuration with one stream, `rows`. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly run: AbortController;
  readonly runId: string;
  readonly folder: string;
}

/** How a run of `write` ended. */
interface Ended {
  /** It came to its end with all rows. */
  readonly isWhole: boolean;
  /** The state that was sent after the last row has come back. */
  readonly isConfirmed: boolean;
}

/** Sends rows to `write`, as one stream with a state after them. A defect is thrown. */
export async function writeRows(
  rows: readonly TestRow[],
  { json, clock, run, runId, folder }: Writing,
): Promise<Ended> {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const [asked] = catalogOf('rows').streams;
  const properties = Object.fromEntries(columns.map((column) => [column, { type: ['null', 'string'] }]));
  const catalog = { streams: [{ ...asked, stream: { name: 'rows', json_schema: { properties } } }] };
  const options = {
    catalog: async () => catalog,
    stdin: bytes([...rows.map((row) => record('rows', row)), streamState('rows', 1), ''].join('\n')),
    run,
    runId,
    // DuckDB takes one thread where memory is small, which is cheaper for a few rows.
    source: { temporaryDirectory: folder, memoryLimit: '99MB' },
  };
  const dependencies = { clock, environment: {}, version: '0', notice: () => undefined };
  let isConfirmed = false;
  try {
    for await (const { type } of write(
      apollo,
      async () => apollo.configure(json, 'airbyte', {}),
      options,
      dependencies,
    ))
      isConfirmed ||= type === 'STATE';
  } catch (error) {
    if (error instanceof Failure) return { isWhole: error.code === 'too_many_rejects', isConfirmed };
    throw error;
  }
  return { isWhole: !run.signal.aborted, isConfirmed };
}
