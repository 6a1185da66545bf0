import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceConfig } from '../../contract/source-config.ts';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';
import type { HttpBytes } from '../../http/http-bytes.ts';
import type { Column } from '../source.ts';

type DatabricksSourceConfig = Extract<SourceConfig, { type: 'databricks' }>;

/** Where a part of a result can be fetched, without credentials, for some minutes. */
export interface Link {
  readonly index: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  isOver(): boolean;
}

/** A statement that has been run. */
interface StatementResult {
  readonly id: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly chunks: number;
  readonly links: readonly Link[];
}

// As far as it is read (docs.databricks.com/api/workspace/statementexecution, 2026-10). Any key may be missing.
interface Answer {
  readonly statement_id?: string;
  readonly status?: {
    readonly state?: string;
    readonly error?: { readonly error_code?: string; readonly message?: string };
  };
  readonly manifest?: {
    readonly schema?: { readonly columns?: readonly { readonly name?: string; readonly type_text?: string }[] };
    readonly total_chunk_count?: number;
    readonly total_row_count?: number;
    readonly truncated?: boolean;
  };
  readonly result?: Links;
  readonly error_code?: string;
  readonly access_token?: string;
}

interface Links {
  readonly external_links?: readonly {
    readonly chunk_index?: number;
    readonly external_link?: string;
    readonly expiration?: string;
    readonly http_headers?: Readonly<Record<string, string>>;
  }[];
}

const statements = '/api/2.0/sql/statements';
const pollMs = [500, 1000, 2000, 5000] as const;
// Clocks differ, and a link must last until its part has been opened.
const linkReserveMs = 60_000;

/** The SQL Statement Execution API of one workspace. */
export class DatabricksApi {
  readonly #http: HttpBytes;
  readonly #config: DatabricksSourceConfig;
  #token: Promise<string> | undefined;

  constructor(http: HttpBytes, config: DatabricksSourceConfig) {
    this.#http = http;
    this.#config = config;
  }

  /** Runs a statement to its end. Throws a Failure that begins with `where`; the signal's reason once it aborts. */
  async execute(statement: string, where: string, signal: AbortSignal | undefined): Promise<StatementResult> {
    const { warehouse_id, catalog, schema } = this.#config;
    const body = {
      statement,
      warehouse_id,
      ...(catalog !== undefined && { catalog }),
      ...(schema !== undefined && { schema }),
      // Arrow within the answer is refused.
      disposition: 'EXTERNAL_LINKS',
      format: 'ARROW_STREAM',
      wait_timeout: '30s',
      on_wait_timeout: 'CONTINUE',
    };
    let answer = await this.#ask('POST', statements, { where, signal, body });
    const id = answer.statement_id ?? '';
    try {
      for (let tries = 0; isPending(answer); tries++) {
        await sleep(pollMs[Math.min(tries, pollMs.length - 1)], undefined, signal && { signal });
        answer = await this.#ask('GET', `${statements}/${encodeURIComponent(id)}`, { where, signal });
      }
    } catch (error) {
      await this.cancel(id);
      signal?.throwIfAborted();
      throw error;
    }
    return resultOf(answer, where);
  }

  /** A link to a part of a result that is good from now on. */
  async link(id: string, index: number, where: string, signal: AbortSignal): Promise<Link> {
    const path = `${statements}/${encodeURIComponent(id)}/result/chunks/${index}`;
    const answer = (await this.#ask('GET', path, { where, signal })) as Links;
    const link = linksOf(answer).find((each) => each.index === index);
    if (link === undefined) throw unreadableSource(`${where}: Databricks has no link to part ${index} of the rows`);
    return link;
  }

  /** Ends a statement that may still run; it does not matter whether that works. */
  async cancel(id: string): Promise<void> {
    const path = `${statements}/${encodeURIComponent(id)}/cancel`;
    await this.#ask('POST', path, { where: '', signal: undefined, body: {} }).catch(() => undefined);
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    {
      where,
      signal,
      body,
    }: { readonly where: string; readonly signal: AbortSignal | undefined; readonly body?: object },
  ): Promise<Answer> {
    this.#token ??= this.#login(where, signal);
    const headers = { authorization: `Bearer ${await this.#token}`, 'content-type': 'application/json' };
    const url = new URL(path, this.#config.url).href;
    const answer = await this.#http.open({ method, url, headers, signal, ...(body && { body: JSON.stringify(body) }) });
    const read = jsonOf(await answer.text());
    if (answer.status === 200) return read;
    throw refused(answer.status, read.error_code, where);
  }

  async #login(where: string, signal: AbortSignal | undefined): Promise<string> {
    const { url, access_token, client_id = '', client_secret = '' } = this.#config;
    if (access_token !== undefined) return access_token;
    const answer = await this.#http.open({
      method: 'POST',
      url: new URL('/oidc/v1/token', url).href,
      headers: {
        authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials&scope=all-apis',
      signal,
    });
    const { access_token: token } = jsonOf(await answer.text());
    if (answer.status === 200 && token !== undefined) return token;
    throw refused(answer.status, undefined, `${where}: signing in`);
  }
}

const isPending = ({ status }: Answer): boolean => status?.state === 'PENDING' || status?.state === 'RUNNING';

function jsonOf(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer) : {};
  } catch {
    return {};
  }
}

function refused(status: number, code: string | undefined, where: string): Error {
  const said = `${where}: Databricks answered ${status}${code === undefined ? '' : ` ${code}`}`;
  if (status === 401 || status === 403)
    return invalidSource(`${said}; check the token, and that its user may use the warehouse`);
  return status === 400 || status === 404 ? invalidSource(said) : unreadableSource(said);
}

// These speak of names and rights; all other words of the server may quote a value of a row.
const nameable =
  /^\[?(TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|UNRESOLVED_COLUMN[.\w]*|INSUFFICIENT_PERMISSIONS|PARSE_SYNTAX_ERROR)\]?/;

function resultOf({ statement_id: id = '', status, manifest, result }: Answer, where: string): StatementResult {
  if (status?.state !== 'SUCCEEDED') {
    const { error_code: code = status?.state ?? 'no state', message = '' } = status?.error ?? {};
    const shown = nameable.test(message) ? `: ${message.split('\n', 1)[0]}` : '';
    const said = `${where}: Databricks ended the statement with ${code}${shown}`;
    throw code === 'BAD_REQUEST' || shown !== '' ? invalidSource(said) : unreadableSource(said);
  }
  if (manifest?.truncated === true) throw unreadableSource(`${where}: Databricks has cut the result; read fewer rows`);
  const columns = manifest?.schema?.columns ?? [];
  return {
    id,
    columns: columns.map(({ name = '', type_text = '' }) => ({ name, type: type_text })),
    rows: manifest?.total_row_count ?? 0,
    chunks: manifest?.total_chunk_count ?? 0,
    links: linksOf(result ?? {}),
  };
}

const linksOf = ({ external_links: links = [] }: Links): readonly Link[] =>
  links.flatMap(({ chunk_index: index = 0, external_link: url, expiration, http_headers: headers = {} }) => {
    if (url === undefined) return [];
    const until = expiration === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiration) - linkReserveMs;
    return [{ index, url, headers, isOver: () => Date.now() > until }];
  });
