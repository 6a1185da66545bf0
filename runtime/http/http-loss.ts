import { ConfigFailure, TransientFailure } from '../contract/failure.ts';
import type { Proxies } from './proxy.ts';

/** Why a request was given up. */
export interface Loss {
  readonly code: 'timed_out' | 'unreachable';
  readonly reason: string;
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
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut off',
};

/** Certificates that are not trusted (nodejs.org/api/tls.html, X509 certificate error codes). */
const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)/;

type Delivery = TransientFailure['delivery'];

/** The failure of a request to `host` that got no whole answer; `delivery` says whether it may have arrived. */
export function lost(why: Error | Loss, host: string, delivery: Delivery, proxies: Proxies): Error {
  if (!(why instanceof Error)) return unreachable(host, why.reason, why.code, delivery);
  const code = codeOf(why);
  // A header or a path that HTTP cannot carry: built by this program, so not the network's fault.
  if (code === 'UND_ERR_INVALID_ARG') return new Error(`A request to ${host} was not valid HTTP.`, { cause: why });
  const refusal = proxyRefusal(why);
  if (refusal === '407') {
    const message = `The proxy wants a user name and a password (407) before it connects to ${host}.`;
    return new ConfigFailure(message, { code: 'invalid_proxy' });
  }
  if (refusal !== undefined) return unreachable(host, `the proxy answered ${refusal}`, 'unreachable', delivery, code);
  const proxy = [proxies.https, proxies.http].find((one) => one !== undefined && isAbout(why, one));
  if (code !== undefined && untrusted.test(code)) return notTrusted(host, proxy, code);
  const reason = reasons[code ?? ''] ?? 'network error';
  if (proxy === undefined) return unreachable(host, reason, 'unreachable', delivery, code);
  const inWords = `the proxy ${proxy.hostname}:${proxy.port} of ${proxy.variable} ${code === 'ECONNREFUSED' ? 'refused the connection' : `cannot be reached: ${reason}`}`;
  return unreachable(host, inWords, 'unreachable', delivery, code);
}

function unreachable(
  host: string,
  reason: string,
  code: Loss['code'],
  delivery: Delivery,
  errno?: string,
): TransientFailure {
  return new TransientFailure(`Could not get an answer from ${host}: ${reason}${errno ? ` (${errno})` : ''}.`, {
    code,
    delivery,
  });
}

function notTrusted(host: string, proxy: NonNullable<Proxies['http']> | undefined, code: string): ConfigFailure {
  const whose = proxy ? `the proxy ${proxy.hostname}:${proxy.port} of ${proxy.variable}` : host;
  return new ConfigFailure(
    `The certificate of ${whose} is not trusted (${code}). Where a proxy or firewall of your own inspects TLS, put its root ` +
      'certificate into a file and name that in NODE_EXTRA_CA_CERTS; else check the clock of this machine and api_base_url.',
    { code: 'untrusted_certificate' },
  );
}

const codeOf = (error: Error): string | undefined => {
  const { code } = firstOf(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** Of a host with several addresses each was tried, and each has an error of its own. */
const firstOf = (error: Error): Error =>
  error instanceof AggregateError && error.errors[0] instanceof Error && !('code' in error && error.code)
    ? error.errors[0]
    : error;

/** Ports that the destination may have as well. */
const wellKnown: ReadonlySet<string> = new Set(['80', '443']);

/** Whether it was the connection to the proxy that failed. The errors of Node and undici name host and port, each in its way. */
function isAbout(error: Error, { hostname, port }: NonNullable<Proxies['http']>): boolean {
  const all: readonly unknown[] = error instanceof AggregateError ? [error, ...error.errors] : [error];
  return all.some((one) => {
    const { hostname: named, host, port: at, message } = one as Record<string, unknown>;
    return (
      named === hostname ||
      host === hostname ||
      (String(at) === port && !wellKnown.has(port)) ||
      String(message).includes(`${hostname}:${port}`)
    );
  });
}

// The status stands in the text of undici's error and nowhere else (undici 7.30.2, lib/dispatcher/proxy-agent.js).
const proxyRefusal = ({ message }: Error): string | undefined => /^Proxy response \((\d{3})\)/.exec(message)?.[1];
