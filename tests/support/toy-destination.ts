import type {
  Configured,
  Connection,
  Dependencies,
  Destination,
  Opened,
  RunConfig,
  Served,
  StreamConfig,
} from '../../runtime/contract/destination.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Outcome } from '../../runtime/contract/outcome.ts';
import type { ConfiguredStream, Specification } from '../../runtime/contract/protocol.ts';
import type { PreparedRecord, Row } from '../../runtime/contract/record.ts';
import type { Answers, Step, Writer } from '../../runtime/contract/writer.ts';

export interface ToyConfig extends RunConfig {
  readonly secret: string;
}

/** One row that the toy answered for. */
export interface Written {
  readonly stream: string;
  readonly row: Row;
  readonly status: Outcome['status'];
}

/** How a toy treats what it gets; everything has a default. */
export interface ToyBehaviour {
  /** The answer for a row; `created` by default. */
  readonly answer?: (row: Row, stream: string) => Outcome | undefined;
  /** Called with each row that the mapping rejects. */
  readonly onInvalid?: (row: Row) => void;
  /** Called with each request before it is answered; may wait, throw, or stop the run. */
  readonly onSend?: (rows: readonly Row[], toy: ToyDestination) => Promise<void> | void;
  readonly onProve?: () => void;
  /** Whether it remembers what was written; so it does by default. */
  readonly keeps?: boolean;
  readonly maxRecords?: number;
  readonly maxInFlight?: number;
  /** Streams it refuses. */
  readonly refuses?: readonly string[];
  /** Streams whose columns are agreed, as with Data Activation. */
  readonly closed?: readonly string[];
}

/**
 * A destination in memory, which keeps what it is told. A row is named by `key`; one with `invalid` is rejected by the
 * mapping, whatever `answer` says.
 */
export class ToyDestination implements Destination<ToyConfig> {
  readonly name = 'toy';
  readonly written: Written[] = [];
  readonly events: string[] = [];
  dependencies: Dependencies | undefined;
  readonly #behaviour: ToyBehaviour;

  constructor(behaviour: ToyBehaviour = {}) {
    this.#behaviour = behaviour;
  }

  specification(): Specification {
    return {
      documentationUrl: 'https://example.com',
      supportsIncremental: true,
      supported_destination_sync_modes: ['append'],
      connectionSpecification: {},
    };
  }

  configure(json: unknown): Configured<ToyConfig> {
    return { config: toyConfig(json as Partial<ToyConfig>), warnings: [], secrets: [] };
  }

  serve(_config: ToyConfig, asked: ConfiguredStream): Served<StreamConfig> {
    const { name } = asked.stream;
    if (this.#behaviour.refuses?.includes(name)) {
      throw new ConfigFailure(`stream "${name}": refused.`, { code: 'unservable_stream' });
    }
    const properties = asked.stream.json_schema?.['properties'] as Record<string, unknown> | undefined;
    return {
      stream: { name, object: asked.destination_object_name ?? name, mode: 'upsert' },
      path: `stream "${name}"`,
      columns: properties && Object.keys(properties),
      isClosed: this.#behaviour.closed?.includes(name) ?? false,
      warnings: [],
    };
  }

  unserved(): readonly string[] {
    return [];
  }

  connect(_config: ToyConfig, dependencies: Dependencies): Connection<StreamConfig> {
    this.dependencies = dependencies;
    return {
      prove: async () => {
        this.events.push('prove');
        this.#behaviour.onProve?.();
        return 'fine';
      },
      check: async () => 'fine',
      discover: async () => ({ catalog: { operations: [] }, warnings: [] }),
      open: async (stream, _path, columns): Promise<Opened> => {
        this.events.push(`open ${stream.name}`);
        return { writer: this.#writer(stream.name, columns), warnings: [] };
      },
      undoWriter: async () => {
        throw new Error('The toy takes nothing back.');
      },
      traffic: () => ({ calls: {}, retries: 0, rateLimited: 0 }),
      close: async () => {
        this.events.push('close');
      },
    };
  }

  #writer(stream: string, columns: readonly string[] | undefined): Writer<unknown> {
    const keyOf = (row: Row) => (row['key'] === undefined || row['key'] === null ? undefined : String(row['key']));
    return {
      columns: columns?.filter((column) => column !== 'unknown') ?? ['key'],
      key: { columns: ['key'], matchKeyOf: keyOf },
      map: (row) => {
        const key = keyOf(row);
        if (key === undefined) return { ok: false, rejection: { code: 'missing_required_field', message: 'no key' } };
        const keys = { primaryKey: key, matchKey: key };
        if (row['invalid']) {
          this.#behaviour.onInvalid?.(row);
          return { ok: false, ...keys, rejection: { code: 'invalid_value', message: 'not valid' } };
        }
        return { ok: true, ...keys, record: row, content: key };
      },
      steps: [this.#step(stream)],
    };
  }

  #step(stream: string): Step<unknown> {
    const { maxRecords = 100, maxInFlight = 4, keeps = true, answer, onSend } = this.#behaviour;
    return {
      request: 'POST toy',
      limits: { maxRecords, maxBytes: 1e9, maxInFlight, maxWaiting: 0, maxRefused: 16, maxLost: 8 },
      idempotent: true,
      takes: () => true,
      send: async (records: readonly PreparedRecord<unknown>[]): Promise<Answers<unknown>> => {
        await onSend?.(
          records.map(({ row }) => row),
          this,
        );
        return new Map(
          records.map(({ position, row }) => {
            const outcome = answer?.(row, stream) ?? { status: 'created' as const };
            if (keeps) this.written.push({ stream, row, status: outcome.status });
            return [position, outcome];
          }),
        );
      },
    };
  }
}

/** A configuration of the toy, with what a test does not care about. */
export const toyConfig = (config: Partial<ToyConfig> = {}): ToyConfig => ({
  secret: 'canary',
  streams: [],
  rejects: { path: '/dev/null', fail_above_percent: 100 },
  ...config,
});
