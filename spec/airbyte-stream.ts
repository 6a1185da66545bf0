import { accounts } from '../catalog/account.ts';
import { APOLLO_ID } from '../catalog/catalog.ts';
import { contacts } from '../catalog/contact.ts';
import type { DestinationObject } from '../catalog/object.ts';
import { streamName } from '../runtime/airbyte/configured-catalog.ts';
import type { Served } from '../runtime/contract/destination.ts';
import { ConfigFailure } from '../runtime/contract/failure.ts';
import type { ConfiguredStream } from '../runtime/contract/protocol.ts';
import type { ColumnKind, ColumnKinds } from '../runtime/contract/provision.ts';
import type { Config } from './config.ts';
import { type StreamConfig, streamSchema } from './stream.ts';

const objects: readonly DestinationObject[] = [contacts, accounts];

/** What Airbyte's modes are to us; the others are refused, each with its reason. */
const modes: Readonly<Partial<Record<ConfiguredStream['destination_sync_mode'], StreamConfig['mode']>>> = {
  append: 'insert',
  append_dedup: 'upsert',
  update: 'update',
};

const refusals: Readonly<Partial<Record<ConfiguredStream['destination_sync_mode'], string>>> = {
  overwrite: 'overwrite would empty Apollo first, and nothing is ever deleted here',
  soft_delete: 'Apollo has no deleted state for a record, and nothing is ever deleted here',
};

/**
 * Turns a stream of Airbyte's configured catalog into one of ours. An entry of `streams` with its name has the word;
 * without one the catalog's own terms hold (Data Activation), or the stream is called contacts or accounts. Throws a
 * ConfigFailure that names the stream and what cannot be served.
 */
export function serveStream({ streams }: Pick<Config, 'streams'>, asked: ConfiguredStream): Served<StreamConfig> {
  const found = entryOf(streams, asked);
  if (found !== undefined) return entryStream(asked, streams[found]!, `streams[${found}]`);
  return asked.destination_object_name ? activationStream(asked, asked.destination_object_name) : namedStream(asked);
}

/** The place of the entry that has the word on a stream. */
export function entryOf(streams: Config['streams'], { stream }: ConfiguredStream): number | undefined {
  // With its namespace first: it says more.
  const places = [streamName(stream), stream.name].map((name) => streams.findIndex((entry) => entry.name === name));
  return places.find((at) => at >= 0);
}

function entryStream(asked: ConfiguredStream, entry: StreamConfig, path: string): Served<StreamConfig> {
  const { destination_sync_mode: mode, destination_object_name: object } = asked;
  if (!entry.enabled) throw refuse(asked, `${path}.enabled is false`);
  if (entry.decisions) throw refuse(asked, `${path}.decisions is for sync: it looks for rows before it sends any`);
  if (entry.account) throw refuse(asked, `${path}.account is for sync: Airbyte brings streams in an order of its own`);
  if (object && object !== entry.object) {
    throw refuse(asked, `the catalog writes it to ${object}, but ${path}.object says ${entry.object}`);
  }
  if (object && modeOf(asked) !== entry.mode) {
    throw refuse(asked, `the catalog asks for ${mode}, but ${path}.mode says ${entry.mode}`);
  }
  if (mode === 'soft_delete') throw refuse(asked, refusals.soft_delete!);
  if (mode === 'update' && entry.mode !== 'update') {
    throw refuse(asked, `the catalog asks for update, but ${path}.mode says ${entry.mode}`);
  }
  const columns = columnsOf(asked);
  if (columns === undefined && entry.mapping.length === 0) throw refuse(asked, noColumns(path));
  return {
    stream: entry,
    path,
    columns,
    kinds: kindsOf(asked),
    isClosed: false,
    warnings: doubtsOf(mode).map(
      (doubt) => `stream ${quoted(asked)}: ${doubt}; ${path}.mode ${entry.mode} is what happens`,
    ),
  };
}

function doubtsOf(mode: ConfiguredStream['destination_sync_mode']): readonly string[] {
  if (modes[mode] !== undefined) return [];
  // PyAirbyte sends overwrite for every stream that has neither key nor cursor (airbyte/strategies.py, 0.55.2).
  return [mode === 'overwrite' ? 'overwrite deletes nothing here' : `the sync mode ${mode} is not known here`];
}

/** Data Activation: object, mode, key and field names are chosen in Airbyte from what `discover` offered. */
function activationStream(asked: ConfiguredStream, objectName: string): Served<StreamConfig> {
  const object = objects.find(({ name }) => name === objectName);
  if (object === undefined) {
    throw refuse(asked, `there is no object ${objectName}; expected ${objects.map(({ name }) => name).join(' or ')}`);
  }
  const mode = modeOf(asked);
  const columns = columnsOf(asked);
  if (columns === undefined) throw refuse(asked, 'its json_schema has no properties, so no field is mapped');
  const key = mode === 'update' ? APOLLO_ID : object.matchField;
  requireKey(asked, objectName, mode, key);
  if (!columns.includes(key)) throw refuse(asked, `${objectName} needs the field ${key}, and nothing is mapped to it`);
  return served(
    asked,
    { columns, isClosed: true },
    {
      object: object.name,
      mode,
      ...(mode === 'update' && { apollo_id: APOLLO_ID }),
    },
  );
}

function requireKey(asked: ConfiguredStream, object: string, mode: StreamConfig['mode'], key: string): void {
  const given = (asked.primary_key ?? []).map((path) => path.join('.'));
  // discover offers no matching key for an insert, so none is asked for.
  if (mode === 'insert' || (given.length === 1 && given[0] === key)) return;
  const received = given.length === 0 ? 'received none' : `received ${given.join(' + ')}`;
  throw refuse(asked, `the matching key of ${object} for ${asked.destination_sync_mode} is ${key}; ${received}`);
}

/** A stream without any configuration whose name says what it is; its columns are fields by name or alias. */
function namedStream(asked: ConfiguredStream): Served<StreamConfig> {
  const object = objects.find(({ name }) => name === asked.stream.name);
  if (object === undefined) {
    const names = objects.map(({ name }) => name).join(' or ');
    throw refuse(
      asked,
      `no entry of streams has this name, it is not called ${names}, and the catalog names no object for it. Add an entry to streams that says what it becomes`,
    );
  }
  const mode = modeOf(asked);
  if (mode === 'update') {
    throw refuse(asked, 'mode update needs the column of the Apollo record id. Add an entry to streams with apollo_id');
  }
  const columns = columnsOf(asked);
  if (columns === undefined) throw refuse(asked, noColumns('an entry of streams'));
  const [primary, ...others] = asked.primary_key ?? [];
  const primaryKey = others.length === 0 && primary?.length === 1 ? primary[0] : undefined;
  return served(
    asked,
    { columns, isClosed: false },
    {
      object: object.name,
      mode,
      ...(primaryKey !== undefined && columns.includes(primaryKey) && { primary_key: primaryKey }),
    },
  );
}

const served = (
  asked: ConfiguredStream,
  { columns, isClosed }: { readonly columns: readonly string[]; readonly isClosed: boolean },
  terms: Pick<StreamConfig, 'object' | 'mode'> & { apollo_id?: string; primary_key?: string },
): Served<StreamConfig> => ({
  stream: streamSchema.parse({ name: streamName(asked.stream), ...terms }),
  path: `stream ${quoted(asked)}`,
  columns,
  isClosed,
  warnings: [],
});

function modeOf(asked: ConfiguredStream): StreamConfig['mode'] {
  const mode = asked.destination_sync_mode;
  const known = modes[mode];
  if (known !== undefined) return known;
  const reason = refusals[mode] ?? 'this mode is not known here';
  throw refuse(asked, `${mode} is not possible: ${reason}. Expected ${Object.keys(modes).join(', ')}`);
}

/** The columns a catalog declares; undefined where it declares none. */
function columnsOf({ stream }: ConfiguredStream): readonly string[] | undefined {
  const properties = stream.json_schema?.['properties'];
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return names.length === 0 ? undefined : names;
}

/** What the columns hold, as far as their JSON schemas say it (docs.airbyte.com, data types, 2026-08). */
function kindsOf({ stream }: ConfiguredStream): ColumnKinds {
  const properties = (stream.json_schema?.['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(properties).flatMap(([column, schema]) => {
      const kind = kindOf((schema ?? {}) as Readonly<Record<string, unknown>>);
      return kind === undefined ? [] : [[column, kind]];
    }),
  );
}

function kindOf({ type, format, airbyte_type }: Readonly<Record<string, unknown>>): ColumnKind | undefined {
  const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
  if (types.length !== 1) return undefined;
  if (types[0] === 'number' || types[0] === 'integer') return 'number';
  if (types[0] === 'boolean') return 'boolean';
  if (types[0] !== 'string') return undefined;
  if (airbyte_type === 'integer' || airbyte_type === 'big_integer' || airbyte_type === 'big_number') return 'number';
  if (format === 'date') return 'date';
  return format === 'date-time' ? 'datetime' : 'text';
}

const noColumns = (where: string): string =>
  `its json_schema has no properties, so the mapping must be written in ${where}`;

const quoted = ({ stream }: ConfiguredStream): string => JSON.stringify(streamName(stream));

const refuse = (asked: ConfiguredStream, why: string): ConfigFailure =>
  new ConfigFailure(`stream ${quoted(asked)}: ${why}.`, { code: 'unservable_stream' });
