import { createHash } from 'node:crypto';
import type { SourceConfig } from '../../contract/source-config.ts';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';
import { createHttpBytes, type HttpBytes } from '../../http/http-bytes.ts';
import { proxyOf } from '../../http/proxy.ts';
import { openArrowBytes } from '../arrow/arrow-input.ts';
import { rowsOfBatches } from '../arrow/arrow-stage.ts';
import type { ArrowBatches } from '../arrow/arrow-stream.ts';
import type { Column, Source, SourceOptions } from '../source.ts';
import { castSql, quotedName } from './clickhouse-types.ts';
import { type QueryServer, QuerySource } from './query-source.ts';

type ClickHouseSourceConfig = Extract<SourceConfig, { type: 'clickhouse' }>;

/** Opens a ClickHouse server as a source; sends nothing yet. */
export const openClickHouse = (config: ClickHouseSourceConfig, options: SourceOptions): Promise<Source> =>
  QuerySource.open(new ClickHouse(config, options), config, options);

// Without the first, texts come as bytes (clickhouse.com/docs/interfaces/formats/ArrowStream, 2026-10). A query ends with its reader.
const formatSettings = {
  output_format_arrow_string_as_string: 1,
  output_format_arrow_compression_method: 'zstd',
  cancel_http_readonly_queries_on_client_close: 1,
};

class ClickHouse implements QueryServer {
  readonly place: string;
  readonly #config: ClickHouseSourceConfig;
  readonly #http: HttpBytes;
  readonly #spool: string;

  constructor(config: ClickHouseSourceConfig, { environment = {}, userAgent = '', temporaryDirectory }: SourceOptions) {
    const { host } = new URL(config.url);
    this.#config = config;
    this.#spool = temporaryDirectory;
    this.#http = createHttpBytes({ userAgent, proxy: proxyOf(environment) });
    const digest = createHash('sha256')
      .update(`${host}/${config.database ?? ''}`)
      .digest('hex');
    this.place = `clickhouse:${digest.slice(0, 16)}`;
  }

  quoted = quotedName;

  /** Its own types: Arrow has a number for a DateTime, an Enum or an address. */
  async columns(select: string, where: string, signal: AbortSignal | undefined): Promise<readonly Column[]> {
    const opened = await this.#arrow(`describe table (\n${select}\n)`, where, signal);
    try {
      const names = opened.schema.fields.map(({ name }) => name);
      // What speaks this interface without being ClickHouse may answer with the rows themselves.
      if (!names.includes('name') || !names.includes('default_type')) {
        return opened.schema.fields.map(({ name, type }) => ({ name, type: String(type) }));
      }
      const columns: Column[] = [];
      for await (const { name, type } of rowsOfBatches(opened.batches)) {
        columns.push({ name: String(name), type: String(type) });
      }
      return columns;
    } finally {
      await opened.close();
    }
  }

  selected({ name, type }: Column): string {
    return castSql(name, type);
  }

  batches(select: string, where: string, signal: AbortSignal): Promise<ArrowBatches> {
    return this.#arrow(select, where, signal);
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #arrow(sql: string, where: string, signal: AbortSignal | undefined): Promise<ArrowBatches> {
    const { url, database, settings = {} } = this.#config;
    const asked = new URL(url);
    const all = { ...settings, ...(database !== undefined && { database }), ...formatSettings };
    for (const [name, value] of Object.entries(all)) asked.searchParams.set(name, valueText(value));
    const answer = await this.#http.open({
      method: 'POST',
      url: asked.href,
      headers: { ...this.#credentials(), 'content-type': 'text/plain; charset=utf-8' },
      body: `${sql}\nFORMAT ArrowStream`,
      signal,
    });
    if (answer.status !== 200) throw await refusal(answer, where);
    return openArrowBytes({ bytes: answer.body, where, requireEndMarker: true }, this.#spool);
  }

  #credentials(): Readonly<Record<string, string>> {
    const { user, password, access_token } = this.#config;
    if (access_token !== undefined) return { authorization: `Bearer ${access_token}` };
    if (user === undefined && password === undefined) return {};
    // Headers carry Latin-1; a base64 of UTF-8 carries anything.
    return { authorization: `Basic ${Buffer.from(`${user ?? 'default'}:${password ?? ''}`).toString('base64')}` };
  }
}

const valueText = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? String(Number(value)) : String(value);

// Errors that speak of names and rights, and that a person must see to. All others may quote a value of a row.
const nameable: ReadonlySet<string> = new Set([
  'ACCESS_DENIED',
  'AUTHENTICATION_FAILED',
  'REQUIRED_PASSWORD',
  'UNKNOWN_USER',
  'UNKNOWN_DATABASE',
  'UNKNOWN_TABLE',
  'UNKNOWN_IDENTIFIER',
  'UNKNOWN_FUNCTION',
  'UNKNOWN_SETTING',
  'READONLY',
  'SYNTAX_ERROR',
]);

/** `Code: 60. DB::Exception: Table marts.x does not exist. (UNKNOWN_TABLE) (version 26.9.1)`. */
async function refusal(answer: Awaited<ReturnType<HttpBytes['open']>>, where: string): Promise<Error> {
  const text = await answer.text();
  const name = /\(([A-Z][A-Z_]+)\)\s*(?:\(version[^)]*\))?\s*$/.exec(text)?.[1];
  const code = /Code: (\d+)/.exec(text)?.[1] ?? answer.headers['x-clickhouse-exception-code'];
  const said = `${where}: ClickHouse answered ${answer.status}${name === undefined ? '' : ` ${name}`}${code === undefined ? '' : ` (code ${code})`}`;
  if (name === undefined || !nameable.has(name)) {
    return answer.status === 401 || answer.status === 403 ? invalidSource(said) : unreadableSource(said);
  }
  const why = /DB::Exception: (.*?)(?: \([A-Z_]+\))?(?: \(version|\n|$)/.exec(text)?.[1] ?? '';
  return invalidSource(`${said}: ${name === 'SYNTAX_ERROR' ? why.replace(/: failed at .*/, '') : why.slice(0, 300)}`);
}
