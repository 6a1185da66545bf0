import type { Connection, Opened, StreamConfig } from '../contract/destination.ts';
import type { ColumnKinds, ColumnValues } from '../contract/provision.ts';
import { columnKind } from '../source/column-kind.ts';
import type { Source } from '../source/source.ts';
import { factsOf, type StreamFacts } from '../state/ownership.ts';
import { chosenStreams, type StreamChoice } from './chosen-streams.ts';

/** A stream that is ready to be read and written. */
export interface ReadyStream<S> extends Opened {
  readonly config: S;
  /** Names of the columns that its relation has. */
  readonly columns: readonly string[];
  readonly relation: { readonly table?: string; readonly query?: string; readonly path: string };
  /** What they hold, as far as the source says it. */
  readonly kinds?: ColumnKinds;
  /** What its memory is about. */
  readonly facts: StreamFacts;
  /** Values of the columns that its provision asks for, once they are known. */
  readonly values?: ColumnValues;
}

/** Reads the columns of every stream and compiles its mapping, before any of them is sent. */
export async function ready<S extends StreamConfig>(
  connection: Connection<S>,
  source: Source,
  { streams }: { readonly streams: readonly S[] },
  { run, ...choice }: StreamChoice & { readonly run: AbortController },
): Promise<ReadyStream<S>[]> {
  const chosen: ReadyStream<S>[] = [];
  for (const index of chosenStreams(streams, choice)) {
    const config = streams[index]!;
    const path = `streams[${index}]`;
    const relation = {
      path,
      ...(config.table !== undefined && { table: config.table }),
      ...(config.query !== undefined && { query: config.query }),
      ...(config.command !== undefined && { command: config.command }),
    };
    const columns = await source.columns(relation);
    const names = columns.map(({ name }) => name);
    const kinds = new Map(columns.map(({ name, type }) => [name, columnKind(type)]));
    const opened = await connection.open(config, path, names, run.signal, kinds);
    const facts = factsOf(config, await source.identity(relation), { path, key: opened.writer.key.primaryKeyColumn });
    chosen.push({ config, relation, columns: names, kinds, facts, ...opened });
  }
  return chosen;
}
