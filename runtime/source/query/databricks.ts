import { createHash } from 'node:crypto';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import { createHttpBytes, type HttpBytes } from '../../http/http-bytes.ts';
import { proxyOf } from '../../http/proxy.ts';
import { openArrowBytes } from '../arrow/arrow-input.ts';
import type { ArrowBatches } from '../arrow/arrow-stream.ts';
import type { Column, Source, SourceOptions } from '../source.ts';
import { DatabricksApi, type Link } from './databricks-api.ts';
import { type QueryServer, QuerySource } from './query-source.ts';

type DatabricksSourceConfig = ConstructorParameters<typeof DatabricksApi>[1];

/** Opens a SQL warehouse of Databricks as a source; sends nothing yet. */
export const openDatabricks = (config: DatabricksSourceConfig, options: SourceOptions): Promise<Source> =>
  QuerySource.open(new Databricks(config, options), config, options);

class Databricks implements QueryServer {
  readonly place: string;
  readonly #http: HttpBytes;
  readonly #api: DatabricksApi;
  readonly #spool: string;

  constructor(config: DatabricksSourceConfig, { environment = {}, userAgent = '', temporaryDirectory }: SourceOptions) {
    const { host } = new URL(config.url);
    this.#http = createHttpBytes({ userAgent, proxy: proxyOf(environment) });
    this.#api = new DatabricksApi(this.#http, config);
    this.#spool = temporaryDirectory;
    const facts = [host, config.catalog ?? '', config.schema ?? ''].join('/');
    this.place = `databricks:${createHash('sha256').update(facts).digest('hex').slice(0, 16)}`;
  }

  quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

  selected({ name }: Column): string {
    return this.quoted(name);
  }

  async columns(select: string, where: string, signal: AbortSignal | undefined): Promise<readonly Column[]> {
    const { columns } = await this.#api.execute(`${select} limit 0`, where, signal);
    return columns;
  }

  async batches(select: string, where: string, signal: AbortSignal): Promise<Pick<ArrowBatches, 'batches' | 'close'>> {
    const result = await this.#api.execute(select, where, signal);
    return { batches: this.#chunks(result, where, signal), close: () => this.#api.cancel(result.id) };
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  /** Each chunk is an Arrow stream of its own. */
  async *#chunks(
    { id, rows, chunks, links }: Awaited<ReturnType<DatabricksApi['execute']>>,
    where: string,
    signal: AbortSignal,
  ): ArrowBatches['batches'] extends AsyncIterable<infer B> ? AsyncGenerator<B> : never {
    let read = 0;
    const known = new Map(links.map((link) => [link.index, link]));
    for (let index = 0; index < chunks; index++) {
      const chunk = await this.#chunk({ id, index, link: known.get(index) }, where, signal);
      try {
        for await (const batch of chunk.batches) {
          read += batch.numRows;
          yield batch;
        }
      } finally {
        await chunk.close();
      }
    }
    if (read !== rows) throw unreadableSource(`${where}: ${read} of ${rows} rows came`);
  }

  async #chunk(
    { id, index, link }: { readonly id: string; readonly index: number; readonly link: Link | undefined },
    where: string,
    signal: AbortSignal,
  ): Promise<ArrowBatches> {
    // A link is good for minutes; a new one is asked for where it may be over, or is.
    const first = link !== undefined && !link.isOver() ? link : await this.#api.link(id, index, where, signal);
    let answer = await this.#http.open({ method: 'GET', url: first.url, headers: first.headers, signal });
    if (answer.status === 403 || answer.status === 401) {
      await answer.text();
      const next = await this.#api.link(id, index, where, signal);
      answer = await this.#http.open({ method: 'GET', url: next.url, headers: next.headers, signal });
    }
    if (answer.status !== 200) {
      await answer.text();
      throw unreadableSource(
        `${where}: the storage of Databricks answered ${answer.status} for part ${index} of the rows`,
      );
    }
    const bytes = { bytes: answer.body, where: `${where}: part ${index} of the rows`, requireEndMarker: false };
    return openArrowBytes(bytes, this.#spool);
  }
}
