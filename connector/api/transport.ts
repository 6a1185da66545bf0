import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { HttpAnswer } from '../../runtime/http/http.ts';
import { type LimitSaid, Transport, type TransportOptions } from '../../runtime/http/transport.ts';
import { type Endpoint, isCreate } from './endpoints.ts';
import { isRateLimit, retryAfterOf } from './failures.ts';
import { observedWindows, type QuotaConfig, windowsOf } from './quota.ts';

interface ApolloTransportOptions extends Omit<TransportOptions<Endpoint>, 'throttle' | 'limitSaid' | 'unanswered'> {
  readonly rateLimits: QuotaConfig & { readonly reservePercent: number; readonly maxWaitMs: number };
}

/** Sends requests to one workspace of Apollo, within the rate limits that it is known to have. */
export const apolloTransport = ({ rateLimits, ...options }: ApolloTransportOptions): Transport<Endpoint> =>
  new Transport({
    ...options,
    throttle: { ...rateLimits, windowsOf: (action) => windowsOf(rateLimits, action) },
    limitSaid,
    unanswered,
  });

function limitSaid(answer: HttpAnswer, now: number): LimitSaid {
  const windows = observedWindows(answer.headers);
  return {
    windows,
    waitMs: isRateLimit(answer) ? retryAfterOf(answer, now) : undefined,
    // Without the headers (P64, P65), Apollo may have counted it, or a proxy answered in its place.
    isCounted: windows !== undefined || answer.status < 300,
  };
}

// Under the name that the contract gives to rows that could not be written for it.
function unanswered(
  endpoint: Endpoint,
  failure: TransientFailure,
  { sentAt, now }: { readonly sentAt: number; readonly now: number },
): TransientFailure {
  const { display } = endpoint;
  const { message, delivery, code } = failure;
  const mayStillRun = code === 'timed_out' && delivery === 'unknown' && isCreate(endpoint);
  return new TransientFailure(`${display}: ${message}`, {
    code: 'apollo_unavailable',
    delivery,
    endpoint: display,
    ...(mayStillRun && { retryAfterMs: Math.max(0, sentAt + LONGEST_REQUEST_MS - now) }),
  });
}

// Apollo ends a request of its own after 300 s (apollo-rest-api.json, labels, 2026-08-19). A create that is repeated while
// the first one still runs may make the record twice.
const LONGEST_REQUEST_MS = 300_000;
