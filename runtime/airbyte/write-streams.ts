import type { Connection, Destination, RunConfig, Served, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { ConfiguredCatalog, StreamDescriptor } from '../contract/protocol.ts';
import type { Row } from '../contract/record.ts';
import { noStateStore, type StateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import { type StreamReport, streamReport } from '../facts/report.ts';
import { factsOf, type StreamFacts } from '../state/ownership.ts';
import { Checkpoint } from './checkpoint.ts';
import { descriptorOf, streamName } from './configured-catalog.ts';
import { FieldChanges } from './field-changes.ts';

/** What sends the rows, as the state store keeps it: which source it is, a destination is not told. */
const AIRBYTE = 'an Airbyte connection';

/** A stream of the catalog, ready to be written. */
export interface WriteStream {
  readonly descriptor: StreamDescriptor;
  readonly writer: Writer<unknown>;
  readonly report: StreamReport;
  readonly checkpoint: Checkpoint;
  /** What its memory is about. */
  readonly facts: StreamFacts;
  /** What earlier runs learned of its rows. */
  store: StateStore;
  /** What was done to its values before they came here. */
  readonly changes: FieldChanges;
  /** Rows taken in so far: the position of the next one. */
  taken: number;
}

/** A catalog's streams in terms of the destination's; throws ConfigFailure for what it cannot serve. */
export function serveCatalog<C extends RunConfig>(
  destination: Destination<C>,
  config: C,
  { streams }: ConfiguredCatalog,
): { readonly served: readonly Served<C['streams'][number]>[]; readonly warnings: readonly string[] } {
  const unserved = destination.unserved(config, streams);
  const served = streams.map((asked) => destination.serve(config, asked));
  const names = streams.map(({ stream }) => streamName(stream));
  return { served, warnings: [...unserved, ...served.flatMap(({ warnings }) => warnings), ...sharing(served, names)] };
}

/** What to tell of streams that are written to one object in one mode: one warning, however many they are. */
function sharing(served: readonly Served<StreamConfig>[], names: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [index, { stream }] of served.entries()) {
    const what = `${stream.mode} ${stream.object}`;
    groups.set(what, [...(groups.get(what) ?? []), JSON.stringify(names[index])]);
  }
  return [...groups].flatMap(([what, group]) => {
    if (group.length < 2) return [];
    const shown = shortened(group);
    const who = `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
    const all = group.length === 2 ? 'both' : 'all';
    return [`streams ${who} ${all} ${what}; where they share records, the one that is sent last wins`];
  });
}

const namedMax = 5;

const shortened = (names: readonly string[]): readonly string[] =>
  names.length <= namedMax ? names : [...names.slice(0, namedMax - 1), `${names.length - namedMax + 1} more`];

/** Compiles every stream, before a row is read. Throws ConfigFailure where a mapping and the columns do not fit. */
export async function openStreams<C extends RunConfig>(
  connection: Connection<C['streams'][number]>,
  served: readonly Served<C['streams'][number]>[],
  { streams }: ConfiguredCatalog,
  signal: AbortSignal,
): Promise<{ readonly streams: readonly WriteStream[]; readonly warnings: readonly string[] }> {
  const opened: WriteStream[] = [];
  const notes: string[] = [];
  for (const [index, { stream, path, columns, isClosed }] of served.entries()) {
    const asked = streams[index]!.stream;
    const { writer, warnings } = await connection.open(stream, path, columns, signal);
    const spare = isClosed ? (columns ?? []).filter((column) => !writer.columns.includes(column)) : [];
    if (spare.length > 0) {
      throw new ConfigFailure(`${path}: ${spare.join(', ')}: ${stream.object} has no such field to ${stream.mode}.`, {
        code: 'invalid_mapping',
      });
    }
    const named = { ...stream, name: streamName(asked) };
    opened.push({
      descriptor: descriptorOf(asked),
      writer: isClosed ? closed(writer, columns ?? []) : writer,
      report: streamReport(named),
      facts: factsOf(named, { source: AIRBYTE, relations: [named.name] }, { path, key: writer.key.primaryKeyColumn }),
      checkpoint: new Checkpoint(),
      store: noStateStore,
      changes: new FieldChanges(),
      taken: 0,
    });
    notes.push(...warnings);
  }
  return { streams: opened, warnings: notes };
}

/**
 * Refuses rows that carry another column than was agreed: a mapper of the platform that fails on a record sends it half
 * renamed, without a word (RecordMapper.applyMappers).
 */
function closed(writer: Writer<unknown>, columns: readonly string[]): Writer<unknown> {
  const agreed = new Set(columns);
  const { key } = writer;
  const strangerIn = (row: Row): string | undefined => Object.keys(row).find((column) => !agreed.has(column));
  return {
    ...writer,
    key: { ...key, matchKeyOf: (row) => (strangerIn(row) === undefined ? key.matchKeyOf(row) : undefined) },
    map: (row) => {
      const field = strangerIn(row);
      if (field === undefined) return writer.map(row);
      const message = `The record carries "${field}", which the catalog does not: a mapping of the connection failed on it.`;
      return { ok: false, rejection: { code: 'invalid_value', message, field } };
    },
  };
}
