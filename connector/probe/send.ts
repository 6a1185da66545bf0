import type { Clock } from '../../runtime/contract/clock.ts';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { ObservedWindow } from '../../runtime/contract/rate-limit-window.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../runtime/http/http.ts';
import type { Config } from '../../spec/config.ts';
import { checkedBaseUrl, urlOf } from '../api/address.ts';
import { authorisationOf } from '../api/authorisation.ts';
import { isRateLimit } from '../api/failures.ts';
import { observedWindows } from '../api/quota.ts';
import { apolloTransport } from '../api/transport.ts';
import type { Answer, SeenLimits, Throttled } from './evidence.ts';
import type { Asked, Question } from './question.ts';
import { OutOfQuota, type Send } from './runner.ts';

/** As a key that is none; what is answered to it is an assumption too. */
const NO_KEY = { 'x-api-key': 'not-a-key-of-any-workspace' };

/** How often one request is turned away by a rate limit before the run ends. */
const TURNED_AWAY = 5;

/** Sends requests one after the other, within the rate limits, and takes any answer for what it is. */
export function sender(config: Config, http: Http, clock: Clock, signal: AbortSignal): Send {
  const { rate_limits: limits } = config;
  const baseUrl = checkedBaseUrl(config.api_base_url);
  const { secret, headers } = authorisationOf(config.credentials);
  const maxWaitMs = limits.max_wait_seconds * 1000;
  const custom = { minute: limits.per_minute ?? 0, hour: limits.per_hour ?? 0, day: limits.per_day ?? 0 };
  const transport = apolloTransport({
    http,
    clock,
    secret,
    concurrency: 1,
    rateLimits: { plan: limits.plan, custom, reservePercent: limits.reserve_percent, maxWaitMs },
  });

  async function send(question: Question, asked: Asked, onThrottled: (throttled: Throttled) => void) {
    const endpoint = asked.endpoint ?? question.endpoint;
    const request = requestOf(baseUrl, question.withoutKey ? NO_KEY : headers, endpoint, asked);
    for (let attempt = 1; attempt <= TURNED_AWAY; attempt++) {
      const kind = { ...endpoint, method: 'POST' as const };
      const answer = await transport.send({ kind, request, attempt }, signal);
      if (!isRateLimit(answer)) return sentOf(answer, clock.now());
      onThrottled({ hasHeaders: observedWindows(answer.headers) !== undefined });
    }
    throw new OutOfQuota(endpoint.display, undefined);
  }

  return (question, asked, onThrottled) =>
    send(question, asked, onThrottled).catch((error: unknown) => {
      if (!(error instanceof TransientFailure)) throw error;
      if (['quota_exhausted', 'run_limit'].includes(error.code))
        throw new OutOfQuota(question.endpoint.display, error.retryAfterMs);
      return error.delivery === 'unknown' ? 'lost' : 'unsent';
    });
}

function requestOf(
  baseUrl: string,
  authorisation: Readonly<Record<string, string>>,
  endpoint: Question['endpoint'],
  { params, query, body }: Asked,
): HttpRequest {
  const url = urlOf(baseUrl, endpoint.path, params, query);
  const headers = { accept: 'application/json', ...authorisation };
  if (body === undefined) return { method: endpoint.method, url, headers };
  const json = { ...headers, 'content-type': 'application/json' };
  return { method: endpoint.method, url, headers: json, body: JSON.stringify(body) };
}

/** The longest text that is kept where it is not JSON; its beginning is enough. */
const KEPT_TEXT = 300;

// An outage, or a page of a proxy's: what was asked may have been done, and nothing follows from the answer.
function sentOf({ status, headers, text }: HttpAnswer, atMs: number) {
  const json = jsonIn(text);
  if (status >= 500 || status === 408 || (status < 300 && json === undefined)) return 'lost';
  const windows = observedWindows(headers);
  return {
    answer: {
      status,
      ...(json === undefined ? { text: text.slice(0, KEPT_TEXT) } : { json }),
      ...(windows && { limits: limitsIn(windows) }),
      atMs,
    },
  };
}

const limitsIn = (windows: readonly ObservedWindow[]): SeenLimits =>
  Object.fromEntries(windows.map(({ name, limit }) => [name, limit === 0 ? null : limit])) as Answer['limits'] & object;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
