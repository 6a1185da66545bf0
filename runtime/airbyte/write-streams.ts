import type { Connection, Destination, Opened, RunConfig, Served, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { ConfiguredCatalog, StreamDescriptor } from '../contract/protocol.ts';
import type { Provision } from '../contract/provision.ts';
import type { Row } from '../contract/record.ts';
import { noStateStore, type StateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import { type StreamReport, streamReport } from '../facts/report.ts';
import { DistinctValues, madeText } from '../run/provisioning.ts';
import { factsOf, type StreamFacts } from '../state/file/owner.ts';
import { Checkpoint } from './checkpoint.ts';
import { descriptorOf, streamName } from './configured-catalog.ts';
import { FieldChanges } from './field-changes.ts';

/** What sends the rows, as the state store keeps it: a destination does not learn which source it is. */
const AIRBYTE = 'an Airbyte connection';

/** A stream of the catalog, ready to be written. */
interface WriteStream {
  readonly descriptor: StreamDescriptor;
  /** Another one once something was made for it. */
  writer: Writer<unknown>;
  /** The columns that were agreed; absent where rows may carry any. */
  readonly agreed: readonly string[] | undefined;
  /** What it asks to have made, by the values that rows bring; absent where that is nothing. */
  readonly provision: Provision<Opened> | undefined;
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
  for (const [index, { stream, path, columns, kinds, isClosed }] of served.entries()) {
    const asked = streams[index]!.stream;
    const { writer, warnings, provision } = await connection.open(stream, path, columns, signal, kinds);
    const spare = isClosed ? (columns ?? []).filter((column) => !writer.columns.includes(column)) : [];
    if (spare.length > 0) {
      throw new ConfigFailure(`${path}: ${spare.join(', ')}: ${stream.object} has no such field to ${stream.mode}.`, {
        code: 'invalid_mapping',
      });
    }
    const agreed = isClosed ? (columns ?? []) : undefined;
    const named = { ...stream, name: streamName(asked) };
    opened.push({
      descriptor: descriptorOf(asked),
      writer: closed(writer, agreed),
      agreed,
      provision,
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

/** Makes what these rows need and the destination lacks; without rows, what is needed for any. Says what that was. */
export async function provideFor(
  stream: WriteStream,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { provision } = stream;
  if (provision === undefined || (rows.length > 0 && provision.columns.length === 0)) return [];
  const values = new DistinctValues(provision.columns);
  for (const row of rows) values.add(row);
  const { makes: missing } = await provision.plan(values.byColumn, signal);
  if (missing.length === 0) return [];
  const { makes, opened } = await provision.make(values.byColumn, signal);
  stream.writer = closed(opened.writer, stream.agreed);
  return makes.map((made) => `${stream.report.name}: made ${madeText(made)}`);
}

/**
 * Refuses rows that carry another column than was agreed, where that was: a mapper of the platform that fails on a record sends it half
 * renamed, without a word (RecordMapper.applyMappers).
 */
function closed(writer: Writer<unknown>, columns: readonly string[] | undefined): Writer<unknown> {
  if (columns === undefined) return writer;
  const agreed = new Set(columns);
  const { key } = writer;
  const unknownColumnIn = (row: Row): string | undefined => Object.keys(row).find((column) => !agreed.has(column));
  return {
    ...writer,
    key: { ...key, matchKeyOf: (row) => (unknownColumnIn(row) === undefined ? key.matchKeyOf(row) : undefined) },
    map: (row) => {
      const field = unknownColumnIn(row);
      if (field === undefined) return writer.map(row);
      const message = `The record carries "${field}", which the catalog does not: a mapping of the connection failed on it.`;
      return { ok: false, rejection: { code: 'invalid_value', message, field } };
    },
  };
}
