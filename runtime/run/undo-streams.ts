import type { Connection, RunConfig, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { SourceRow } from '../contract/record.ts';
import type { Writer } from '../contract/writer.ts';
import type { changesOfRun } from '../state/undo-state.ts';

/** A stream whose records are to get back what they held before a run. */
interface UndoStream {
  readonly config: StreamConfig;
  /** The run that is undone. */
  readonly undone: string;
  readonly rows: readonly SourceRow[];
  readonly writer: Writer<unknown>;
}

/** Makes the streams ready in which a run has changed something. Throws ConfigFailure where one of them is gone. */
export async function undoStreams<S extends StreamConfig>(
  connection: Connection<S>,
  { streams }: { readonly streams: readonly S[] } & Pick<RunConfig, 'streams'>,
  { runId: undone, streams: changed }: Awaited<ReturnType<typeof changesOfRun>>,
  signal: AbortSignal,
): Promise<readonly UndoStream[]> {
  const found: UndoStream[] = [];
  for (const { stream, fields, rows } of changed) {
    const config = streams.find(({ name }) => name === stream);
    if (config === undefined) {
      throw new ConfigFailure(`streams: the run changed records of ${stream}, which the configuration does not have.`, {
        code: 'unknown_stream',
      });
    }
    if (!connection.undoWriter) throw cannotUndo();
    found.push({ config, undone, rows, writer: await connection.undoWriter(config, fields, signal) });
  }
  return found;
}

const chunkSize = 256;

/** Rows as a source hands them out. */
export async function* inChunks(rows: readonly SourceRow[]): AsyncGenerator<readonly SourceRow[]> {
  for (let from = 0; from < rows.length; from += chunkSize) yield rows.slice(from, from + chunkSize);
}

const cannotUndo = (): ConfigFailure =>
  new ConfigFailure('undo: this destination cannot undo a run.', { code: 'invalid_usage' });

export const nothingKept = (): ConfigFailure =>
  new ConfigFailure('state: the configuration keeps none (type: none), so what a run has changed is not known.', {
    code: 'no_state',
  });
