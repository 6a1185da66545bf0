import type { Dispatcher } from 'undici';
import { TransientFailure } from '../contract/failure.ts';
import { Agent, EnvHttpProxyAgent } from './dispatchers.ts';
import { lost } from './http-loss.ts';
import { type ProxyEnvironment, proxiesOf } from './proxy.ts';

interface BytesRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is read as it comes. */
interface BytesAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Throws TransientFailure (`source_unreadable`) where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The beginning of the body, as text; the rest is left. */
  text(): Promise<string>;
}

/** Reads large answers of a source, over connections of its own. */
export interface HttpBytes {
  /** Resolves with the head of whatever was answered; throws as `Http.send`, but TransientFailure as `source_unreadable`. */
  open(request: BytesRequest): Promise<BytesAnswer>;
  close(): Promise<void>;
}

const connectTimeoutMs = 30_000;
// A query may run for long before it says anything, and a server that says nothing for this long is gone.
const silenceMs = 600_000;
const longestText = 1 << 20;

/** Opens nothing yet; throws a ConfigFailure that names the variable when a proxy URL is none. */
export function createHttpBytes(options: { readonly userAgent: string; readonly proxy?: ProxyEnvironment }): HttpBytes {
  const proxies = proxiesOf(options.proxy);
  const { http, https, noProxy } = proxies;
  const limits = { connect: { timeout: connectTimeoutMs }, headersTimeout: silenceMs, bodyTimeout: silenceMs };
  const agent: Dispatcher =
    http === undefined && https === undefined
      ? new Agent(limits)
      : new EnvHttpProxyAgent({ ...limits, httpProxy: http?.url ?? '', httpsProxy: https?.url ?? '', noProxy });
  return {
    open: async ({ url, headers, signal, ...asked }) => {
      const { host, origin, pathname, search } = new URL(url);
      const explained = (error: unknown): unknown => {
        signal?.throwIfAborted();
        return error instanceof Error ? ofSource(lost(error, host, 'unknown', proxies)) : error;
      };
      try {
        const answer = await agent.request({
          ...asked,
          origin,
          path: pathname + search,
          headers: { 'user-agent': options.userAgent, ...headers },
          ...(signal && { signal }),
        });
        const body = explainedBytes(answer.body, explained);
        return { status: answer.statusCode, headers: flat(answer.headers), body, text: () => textOf(body) };
      } catch (error) {
        throw explained(error);
      }
    },
    close: () => agent.destroy(),
  };
}

/** What a source does not answer says nothing of the destination, which the code `unreachable` speaks of. */
const ofSource = (error: Error): Error =>
  error instanceof TransientFailure ? unreadable(`source: c${error.message.slice(1)}`) : error;

const unreadable = (message: string): TransientFailure =>
  new TransientFailure(message, { code: 'source_unreadable', delivery: 'not-delivered' });

async function* explainedBytes(
  body: AsyncIterable<Uint8Array>,
  explained: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw explained(error);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > longestText) {
      throw unreadable('source: an answer is longer than any that was expected');
    }
  }
  return Buffer.concat(chunks).toString();
}

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
  );
