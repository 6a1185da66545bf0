import type { Dispatcher } from 'undici';
import type { TransientFailure } from '../contract/failure.ts';
import { answerText } from './answer-text.ts';
import { Agent, EnvHttpProxyAgent } from './dispatchers.ts';
import { type Loss, lost } from './http-loss.ts';
import { type Proxies, type ProxyEnvironment, proxiesOf } from './proxy.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Longest time for the whole request, connecting and reading included, instead of the one for all. */
  readonly timeoutMs?: number;
  /** Asked as it goes on the wire, which may be long after it was given: it may wait for a connection. Absent: it may. */
  mayGo?(): boolean;
}

/** An answer of any status, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; a header that came more than once is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Nothing of a request went on the wire, since it might not go by then. */
export class NotSent extends Error {}

/** Sends requests over kept-alive connections. */
export interface Http {
  /**
   * Resolves with whatever was answered; throws a TransientFailure when no whole answer came: `timed_out` where it took too
   * long, else `unreachable`. A proxy or a certificate that a person must see to is a ConfigFailure. Throws NotSent where `mayGo`
   * says no.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Resolves once requests in flight have ended and every connection is closed. */
  close(): Promise<void>;
}

interface HttpOptions {
  readonly userAgent: string;
  /** Connections to one host at once; requests beyond it wait for a free one. */
  readonly connections: number;
  readonly proxy?: ProxyEnvironment;
  /** Longest wait for a connection. */
  readonly connectTimeoutMs?: number;
  /** Longest time for a whole request, connecting and reading included. */
  readonly requestTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

// Shorter than the idle timeout of common load balancers, so that a connection is seldom closed under a request.
const keepAliveMs = 10_000;

/** Opens nothing yet; throws a ConfigFailure that names the variable when a proxy URL is not one. */
export function createHttp(options: HttpOptions): Http {
  const proxies = proxiesOf(options.proxy);
  const agent = agentOf(options, proxies);
  const limits: ExchangeLimits = {
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    maxAnswerBytes: options.maxAnswerBytes ?? 32 * 2 ** 20,
    headers: { 'user-agent': options.userAgent },
    explain: (why, host, delivery) => lost(why, host, delivery, proxies),
  };
  return { send: (request) => exchange(agent, request, limits), close: () => agent.close() };
}

function agentOf(options: HttpOptions, { http, https, noProxy }: Proxies): Dispatcher {
  const limits = {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    // The time for the whole request bounds them.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
  };
  if (http === undefined && https === undefined) return new Agent(limits);
  // Empty strings, not undefined: for what is undefined the agent would read the environment itself.
  return new EnvHttpProxyAgent({ ...limits, httpProxy: http?.url ?? '', httpsProxy: https?.url ?? '', noProxy });
}

interface ExchangeLimits {
  readonly requestTimeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly explain: (why: Error | Loss, host: string, delivery: TransientFailure['delivery']) => Error;
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

    const fail = (error: Error): void => {
      over = true;
      clearTimeout(timer);
      reject(error);
    };
    const lose = (why: Error | Loss): void => {
      if (over) return;
      fail(limits.explain(why, host, controller === undefined ? 'not-delivered' : 'unknown'));
      controller?.abort(abandoned);
    };
    const timeoutMs = request.timeoutMs ?? limits.requestTimeoutMs;
    const tooLate: Loss = { code: 'timed_out', reason: `no whole answer within ${timeoutMs / 1000} s` };
    const timer = setTimeout(() => lose(tooLate), timeoutMs);

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
          if (!over && request.mayGo?.() === false) fail(new NotSent());
          if (over) started.abort(abandoned);
          else controller = started;
        },
        onResponseStart(_, status, headers) {
          head = { status, headers: joined(headers) };
        },
        onResponseData(_, chunk) {
          bytes += chunk.length;
          if (bytes > limits.maxAnswerBytes) {
            lose({ code: 'unreachable', reason: `its answer is longer than ${limits.maxAnswerBytes} bytes` });
          } else chunks.push(chunk);
        },
        onResponseEnd() {
          if (over || head === undefined) return;
          const read = answerText(Buffer.concat(chunks), head.headers, limits.maxAnswerBytes);
          if ('problem' in read) return lose({ code: 'unreachable', reason: read.problem });
          over = true;
          clearTimeout(timer);
          resolve({ ...head, text: read.text });
        },
        onResponseError: (_, error) => lose(error),
      },
    );
  });
}

const abandoned = new Error('The request was given up.');

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]);
  return Object.fromEntries(entries) as Record<string, string>;
}
