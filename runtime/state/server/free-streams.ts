import type { ServerState } from '../../contract/state-config.ts';
import { identifier } from '../../duckdb/sql.ts';
import { ServerClient } from './client.ts';
import { Leases } from './leases.ts';
import { prepareSchema } from './server-schema.ts';

/** So much the clocks of two machines may differ. */
const maxSkewMs = 86_400_000;

/** A stream, and the names that it is remembered under. */
interface Shared {
  readonly name: string;
  readonly remembered: readonly string[];
}

/** A stream that was free and is taken now, for a run. */
interface Taken {
  readonly name: string;
  /** What its run takes the same leases with. */
  readonly lease: string;
  /** Gives them back, where the run has not come so far. */
  readonly release: () => Promise<void>;
}

/** Streams that several workers share: each is run by one of them. */
export class FreeStreams {
  readonly #client: ServerClient;
  readonly #at: ServerState;
  readonly #left: Shared[];
  readonly #from: number;
  /** The runs that had come to their end by then. */
  #earlier: readonly unknown[] = [];

  private constructor(client: ServerClient, at: ServerState, streams: readonly Shared[], now: number) {
    this.#client = client;
    this.#at = at;
    this.#left = [...streams];
    this.#from = now - maxSkewMs;
  }

  /** Streams of a store; those that a run comes to its end with from now on are not free. */
  static async open(at: ServerState, streams: readonly Shared[], now: number): Promise<FreeStreams> {
    const client = new ServerClient(at);
    try {
      await prepareSchema(client, at);
      const free = new FreeStreams(client, at, streams, now);
      free.#earlier = (await client.rows(`select run_id from ${free.#ended}`, [free.#from])).map(
        ({ run_id }) => run_id,
      );
      return free;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Takes the first that is free, once each; undefined where none is. */
  async take(runId: string): Promise<Taken | undefined> {
    const done = await this.#done();
    for (const stream of this.#left.filter(({ name }) => !done.has(name))) {
      const leases = await Leases.takeFree(this.#client, this.#at, { runId, streams: stream.remembered });
      if (leases === undefined) continue;
      // Another worker may have come to its end with it while this one asked.
      if ((await this.#done()).has(stream.name)) {
        await leases.release();
        continue;
      }
      this.#left.splice(this.#left.indexOf(stream), 1);
      return { name: stream.name, lease: leases.token, release: () => leases.release() };
    }
    return undefined;
  }

  /** $1: times are those of the machines that made the runs. */
  get #ended(): string {
    return `${identifier(this.#at.schema)}.runs
      where finished_at >= to_timestamp($1 / 1000.0) at time zone 'utc' and summary is not null`;
  }

  async #done(): Promise<ReadonlySet<unknown>> {
    const rows = await this.#client.rows(
      `select distinct stream ->> 'name' as name
       from (select summary from ${this.#ended} and run_id <> all($2)) as ended,
         json_array_elements(summary::json -> 'streams') as stream`,
      [this.#from, this.#earlier],
    );
    return new Set(rows.map(({ name }) => name));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
