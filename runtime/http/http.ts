import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { answerText } from '../answer-text.ts';
import { ConfigFailure, TransientFailure } from '../contract/failure.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer of any status, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; a header that came more than once is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends requests over kept-alive connections. */
export interface Http {
  /** Resolves with whatever was answered; throws a TransientFailure `unreachable` when no whole answer came. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Resolves once requests in flight have ended and every connection is closed. */
  close(): Promise<void>;
}

/** Proxy URLs as the environment names them; an absent or empty one means no proxy. */
export interface ProxyEnvironment {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

export interface HttpOptions {
  readonly userAgent: string;
  /** Connections to one host at once; requests beyond it wait for a free one. */
  readonly connections: number;
  readonly proxy?: ProxyEnvironment;
  /** Longest wait for a connection. */
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  /** Longest silence between two pieces of an answer. */
  readonly bodyTimeoutMs?: number;
  /** Longest time for a whole request, connecting and reading included. */
  readonly requestTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

// Shorter than the idle timeout of common load balancers, so that a connection is seldom closed under a request.
const keepAliveMs = 10_000;

/** Opens nothing yet; throws a ConfigFailure that names the variable when a proxy URL is not one. */
export function createHttp(options: HttpOptions): Http {
  const agent = agentOf(options);
  const requestTimeoutMs = options.requestTimeoutMs ?? 60_000;
  const maxAnswerBytes = options.maxAnswerBytes ?? 32 * 2 ** 20;
  return {
    send: (request) =>
      exchange(agent, request, { requestTimeoutMs, maxAnswerBytes, headers: { 'user-agent': options.userAgent } }),
    close: () => agent.close(),
  };
}

/** The proxy variables of an environment; the lower-case name wins, as in curl. */
export const proxyOf = (environment: Readonly<Record<string, string | undefined>>): ProxyEnvironment => ({
  httpProxy: environment['http_proxy'] ?? environment['HTTP_PROXY'],
  httpsProxy: environment['https_proxy'] ?? environment['HTTPS_PROXY'],
  noProxy: environment['no_proxy'] ?? environment['NO_PROXY'],
});

function agentOf({ proxy = {}, ...options }: HttpOptions): Dispatcher {
  const limits = {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
  };
  const httpProxy = proxyUrl('http_proxy', proxy.httpProxy);
  const httpsProxy = proxyUrl('https_proxy', proxy.httpsProxy);
  if (httpProxy === '' && httpsProxy === '') return new Agent(limits);
  // Empty strings, not undefined: for what is undefined the agent would read the environment itself.
  return new EnvHttpProxyAgent({ ...limits, httpProxy, httpsProxy, noProxy: proxy.noProxy ?? '' });
}

function proxyUrl(variable: string, value = ''): string {
  if (value === '' || /^(https?|socks5?):\/\//i.test(value)) {
    if (value === '' || URL.canParse(value)) return value;
  } else if (URL.canParse(`http://${value}`)) return `http://${value}`;
  throw new ConfigFailure(`The environment variable ${variable} is not a proxy URL, such as http://proxy:3128.`, {
    code: 'invalid_proxy',
  });
}

interface ExchangeLimits {
  readonly requestTimeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

// The dispatcher's own interface rather than `request()`: only it tells the moment a request goes on the wire, which
// is what decides whether a failed one can have been delivered.
function exchange(agent: Dispatcher, request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
  const { origin, pathname, search, host } = new URL(request.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let head: Omit<HttpAnswer, 'text'> | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let over = false;

    const lose = (why: Error | string): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      reject(lost(why, host, controller !== undefined));
      controller?.abort(abandoned);
    };
    const tooLate = `no whole answer within ${limits.requestTimeoutMs / 1000} s`;
    const timer = setTimeout(() => lose(tooLate), limits.requestTimeoutMs);

    agent.dispatch(
      {
        origin,
        path: pathname + search,
        method: request.method,
        headers: { ...limits.headers, ...request.headers },
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          if (over) started.abort(abandoned);
          else controller = started;
        },
        onResponseStart(_, status, headers) {
          head = { status, headers: joined(headers) };
        },
        onResponseData(_, chunk) {
          bytes += chunk.length;
          if (bytes > limits.maxAnswerBytes) lose(`its answer is longer than ${limits.maxAnswerBytes} bytes`);
          else chunks.push(chunk);
        },
        onResponseEnd() {
          if (over || head === undefined) return;
          const read = answerText(Buffer.concat(chunks), head.headers, limits.maxAnswerBytes);
          if ('problem' in read) return lose(read.problem);
          over = true;
          clearTimeout(timer);
          resolve({ ...head, text: read.text });
        },
        onResponseError: (_, error) => lose(error),
      },
    );
  });
}

/** What went wrong, in words: never the text of the error, which may quote a proxy URL or a piece of an answer. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name is unknown to DNS',
  EAI_AGAIN: 'DNS gave no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'the connection timed out',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut off',
};

function lost(why: Error | string, host: string, sent: boolean): Error {
  const code = typeof why === 'string' ? undefined : codeOf(why);
  // A header or a path that HTTP cannot carry: built by this program, so not the network's fault.
  if (code === 'UND_ERR_INVALID_ARG') return new Error(`A request to ${host} was not valid HTTP.`, { cause: why });
  const refusal = typeof why === 'string' ? undefined : proxyRefusal(why);
  if (refusal === '407') {
    const message = `The proxy wants a user name and a password (407) before it connects to ${host}.`;
    return new ConfigFailure(message, { code: 'invalid_proxy' });
  }
  const reason =
    typeof why === 'string'
      ? why
      : refusal
        ? `the proxy answered ${refusal}`
        : (reasons[code ?? ''] ?? 'network error');
  return new TransientFailure(`Could not get an answer from ${host}: ${reason}${code ? ` (${code})` : ''}.`, {
    code: 'unreachable',
    delivery: sent ? 'unknown' : 'not-delivered',
  });
}

const codeOf = (error: Error): string | undefined => {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
};

// The status stands in the text of undici's error and nowhere else (undici 7.30.2, lib/dispatcher/proxy-agent.js).
const proxyRefusal = ({ message }: Error): string | undefined => /^Proxy response \((\d{3})\)/.exec(message)?.[1];

const abandoned = new Error('The request was given up.');

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]);
  return Object.fromEntries(entries) as Record<string, string>;
}
