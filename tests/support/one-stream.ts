import { apollo } from '../../connector/apollo.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { lastOfKey } from '../../runtime/airbyte/input/last-of-key.ts';
import type { Connection } from '../../runtime/contract/destination.ts';
import type { InventoryRecord } from '../../runtime/contract/inventory.ts';
import type { Mirror } from '../../runtime/contract/mirror.ts';
import { deliver } from '../../runtime/deliver/pipeline.ts';
import { count, type StreamReport, streamReport } from '../../runtime/facts/report.ts';
import { type Preview, type PreviewAround, previewOf } from '../../runtime/run/preview/preview.ts';
import type { ReadyStream } from '../../runtime/run/ready.ts';
import type { Comparison } from '../../runtime/source/diff/comparison.ts';
import type { Source } from '../../runtime/source/source.ts';
import type { Config } from '../../spec/config.ts';
import { API_KEY } from './emulator.ts';
import { EmulatorClock } from './emulator-clock.ts';
import { KnownRows } from './known-rows.ts';
import type { TestRow } from './warehouse.ts';

type StreamJson = Readonly<Record<string, unknown>>;

/** A stream of one run over some rows, as the commands have it once everything is open. */
class OneStream {
  readonly run = new AbortController();
  readonly clock = new EmulatorClock();
  readonly config: Config;
  readonly connection: Connection<Config['streams'][number]>;
  readonly #rows: readonly TestRow[];
  readonly #columns: readonly string[];

  constructor(emulator: Emulator, stream: StreamJson, rows: readonly TestRow[], columns: readonly string[]) {
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: emulator.url,
      source: { type: 'duckdb' },
      streams: [stream],
    };
    this.config = apollo.configure(json, 'sync', {}).config;
    this.connection = apollo.connect(this.config, this.dependencies);
    this.#rows = rows;
    this.#columns = columns;
  }

  get dependencies() {
    return { clock: this.clock, environment: {}, version: '0', notice: () => undefined };
  }

  async stream(): Promise<ReadyStream<Config['streams'][number]>> {
    const config = this.config.streams[0]!;
    const opened = await this.connection.open(config, 'streams[0]', this.#columns, this.run.signal);
    const facts = { path: 'streams[0]', stream: 'rows', object: 'contacts', source: '', relations: [], key: undefined };
    return { config, columns: this.#columns, facts, relation: { path: 'streams[0]' }, ...opened };
  }

  async *rows({ writer }: ReadyStream<unknown>) {
    const { rows } = lastOfKey(this.#rows, 0, writer.key);
    for (let from = 0; from < rows.length; from += 50) yield rows.slice(from, from + 50);
  }
}

export interface OneRun {
  readonly stream: StreamJson;
  readonly rows: readonly TestRow[];
  readonly columns: readonly string[];
}

/** What `sync` does once it is open: its requests and its counts. */
export async function synced(
  emulator: Emulator,
  { stream: json, rows, columns }: OneRun,
  store?: KnownRows,
): Promise<{ calls: Readonly<Record<string, number>>; report: StreamReport; known: KnownRows }> {
  const ready = new OneStream(emulator, json, rows, columns);
  const stream = await ready.stream();
  await ready.connection.prove(ready.run.signal);
  const known = store ?? new KnownRows(stream.writer.version);
  const report = streamReport(stream.config);
  const around = { store: known, run: ready.run, clock: ready.clock };
  for await (const settled of deliver(ready.rows(stream), stream.writer, around)) {
    for (const one of settled) count(report, one);
  }
  const { calls } = ready.connection.traffic();
  await ready.connection.close();
  return { calls, report, known };
}

/** What `preview` says of such a run; with a mirror, of all that Apollo has. */
export async function previewed(
  emulator: Emulator,
  { stream: json, rows, columns }: OneRun,
  known: KnownRows,
  mirrorOf?: () => Promise<Mirror>,
): Promise<Preview> {
  const ready = new OneStream(emulator, json, rows, columns);
  const stream = await ready.stream();
  const source = { rows: () => ready.rows(stream) } as unknown as Source;
  const state = {
    recall: (keys: readonly string[]) => known.recall(keys),
    intend: async () => undefined,
    record: async () => undefined,
    comparison: async () => ({}) as Comparison,
    countPlaces: async () => 0,
    unreadRows: () => undefined,
  };
  const { connection, config, run, dependencies } = ready;
  const options = { only: [], run, source: { temporaryDirectory: '' } };
  const session = {
    connection,
    config,
    state: { look: async () => state, mirror: mirrorOf },
  } as unknown as PreviewAround<Config>['session'];
  if (mirrorOf) await connection.prove(run.signal);
  const around = { session, source, options, show: 0, dependencies };
  const preview = await previewOf([stream], { ...around, ...(mirrorOf && { trusts: 'the inventory' as const }) });
  await connection.close();
  return preview;
}

/** All that Apollo has of an object, read page by page, as an inventory in the state store would know it. */
export async function wholeMirror(
  emulator: Emulator,
  stream: StreamJson,
  known: KnownRows,
): Promise<() => Promise<Mirror>> {
  const ready = new OneStream(emulator, stream, [], []);
  const object = String(stream['object']);
  const records: InventoryRecord[] = [];
  for (let page = 1; ; page++) {
    const asked = { object, order: 'oldest first', page } as const;
    const found = await ready.connection.inventory!.page(asked, ready.run.signal);
    records.push(...found.records);
    if (found.records.length === 0) break;
  }
  await ready.connection.close();
  const byId = new Map(
    records.map(({ id, createdAt, shown }) => [id, { id, createdAt, shown: JSON.parse(shown) as object }]),
  );
  const renamed = new Set(
    known.all.flatMap(({ id, matchKey }) => {
      const keys = records.find((one) => one.id === id)?.matchKeys ?? [];
      const kind = matchKey?.split(':')[0];
      return keys.some((key) => key.startsWith(`${kind}:`)) && !keys.includes(matchKey!) ? [id!] : [];
    }),
  );
  const find = async (keys: readonly string[]) =>
    new Map(
      keys.map((key) => [
        key,
        records.filter((one) => [...one.matchKeys, ...one.identity].includes(key)).map(({ id }) => byId.get(id)!),
      ]),
    );
  const read = async (ids: readonly string[]) =>
    new Map(ids.flatMap((id) => (byId.has(id) ? [[id, byId.get(id)!]] : [])));
  return async () => ({ find, read, renamed }) as unknown as Mirror;
}
