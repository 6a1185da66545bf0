import {
  type Clock,
  ConfigFailure,
  createHttp,
  type Dependencies,
  RecordFailure,
  retry,
  TransientFailure,
  Transport,
  transportNotices,
  waitOf,
} from 'destination-apollo/cdk';

/** One record of an answer. */
export interface Result {
  readonly key: string;
  readonly status: 'created' | 'updated' | 'rejected';
  readonly message?: string;
}

/** Posts JSON to one address, and waits and tries again as the rules allow. */
export class Sender {
  readonly #http;
  readonly #transport;
  readonly #url: string;
  readonly #secret: string;
  readonly #clock: Clock;

  constructor({ url, secret }: { url: string; secret: string }, dependencies: Dependencies) {
    const { clock, version, maxCalls } = dependencies;
    this.#http = createHttp({ userAgent: `destination-webhook/${version}`, connections: 4 });
    const observe = transportNotices(dependencies);
    this.#transport = new Transport({ http: this.#http, clock, concurrency: 4, secret, maxCalls, observe });
    this.#url = url;
    this.#secret = secret;
    this.#clock = clock;
  }

  /** Resolves with what was answered of each record; throws a Failure that concerns them all. */
  post(request: string, body: unknown, records: number | undefined, signal: AbortSignal): Promise<readonly Result[]> {
    const policy = { maxRetries: 3, baseMs: 500, capMs: 30_000, maxWaitMs: 60_000 };
    // A key names one record, so that a batch that comes twice does no harm.
    const options = { idempotent: true, policy, clock: this.#clock, signal };
    return retry((attempt) => this.#once({ request, body, records, attempt }, signal), options);
  }

  async #once({ request, body, records, attempt }: Sent, signal: AbortSignal): Promise<readonly Result[]> {
    const headers = { authorization: `Bearer ${this.#secret}`, 'content-type': 'application/json' };
    const post = { method: 'POST', url: this.#url, headers, body: JSON.stringify(body) } as const;
    const kind = { display: request, action: 'webhook' };
    const answer = await this.#transport.send({ kind, request: post, attempt, records, isRetry: attempt > 1 }, signal);
    const { status: httpStatus } = answer;
    if (httpStatus === 401 || httpStatus === 403)
      throw new ConfigFailure(`The webhook refused the secret (${httpStatus}).`, { code: 'unauthorized', httpStatus });
    if (httpStatus === 429 || httpStatus >= 500) {
      const delivery = httpStatus === 429 ? 'not-delivered' : 'unknown';
      const retryAfterMs = waitOf(answer.headers['retry-after'], this.#clock.now(), 3_600_000);
      const detail = { code: 'webhook_unavailable', delivery, retryAfterMs } as const;
      throw new TransientFailure(`The webhook answered ${httpStatus}.`, detail);
    }
    if (httpStatus >= 400)
      throw new RecordFailure(`The webhook refused the batch (${httpStatus}).`, {
        code: 'webhook_refused',
        httpStatus,
      });
    return resultsOf(answer.text);
  }

  traffic() {
    return this.#transport.counters();
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

interface Sent {
  readonly request: string;
  readonly body: unknown;
  readonly records: number | undefined;
  readonly attempt: number;
}

/** An unreadable answer leaves open what happened to the batch. */
function resultsOf(text: string): readonly Result[] {
  try {
    const { results } = JSON.parse(text) as { results: readonly Result[] };
    if (Array.isArray(results)) return results;
  } catch {
    // It is told below.
  }
  throw new TransientFailure('The webhook answered without `results`.', {
    code: 'webhook_unavailable',
    delivery: 'unknown',
  });
}
