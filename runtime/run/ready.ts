import type { Connection, Opened, RunConfig, StreamConfig } from '../contract/destination.ts';
import type { ColumnKinds, ColumnValues } from '../contract/provision.ts';
import type { Row } from '../contract/record.ts';
import { columnKind } from '../source/column-kind.ts';
import type { Source } from '../source/source.ts';
import { factsOf, type StreamFacts } from '../state/file/owner.ts';
import type { GivenDecisions } from '../state/stream/kept-decisions.ts';
import { chosenStreams, type StreamChoice } from './chosen-streams.ts';
import { givenDecisions } from './decisions.ts';

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
  /** Its rows are the records that rows of another stream refer to and that no run knows. */
  readonly referring?: Referring;
  /** What a person has decided of its rows. */
  readonly given?: GivenDecisions | undefined;
}

/** A stream whose rows refer to records of others, and what the row of such a record is. */
export interface Referring extends Pick<ReadyStream<StreamConfig>, 'writer' | 'relation'> {
  rowOf(link: string): Row;
}

/** Reads the columns of every stream and compiles its mapping, before any of them is sent. */
export async function ready<S extends StreamConfig>(
  connection: Connection<S>,
  source: Source,
  { streams, state }: { readonly streams: readonly S[] } & Pick<RunConfig, 'state'>,
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
    const { decisions, writer } = opened;
    const hasStore = state !== undefined && state.type !== 'none';
    const around = { source, signal: run.signal, hasStore };
    const given = decisions && (await givenDecisions({ name: config.name, relation, writer, decisions }, around));
    const stream = { config, relation, columns: names, kinds, facts, given, ...opened };
    chosen.push(...(opened.referred ? [referredBy(stream, opened.referred)] : []), stream);
  }
  // What others refer to comes first.
  const refers = (stream: ReadyStream<S>): boolean => (stream.writer.links ?? stream.referring) !== undefined;
  return [...chosen.filter((stream) => !refers(stream)), ...chosen.filter(refers)];
}

/** The stream of the records that the rows of another one refer to. */
function referredBy<S extends StreamConfig>(
  { writer, relation, facts }: ReadyStream<S>,
  { config, opened, columns, rowOf }: NonNullable<Opened['referred']>,
): ReadyStream<S> {
  const { name: stream, object } = config;
  const own = { ...facts, stream, object, key: opened.writer.key.primaryKeyColumn };
  return { ...opened, config: config as S, columns, relation, facts: own, referring: { writer, relation, rowOf } };
}
