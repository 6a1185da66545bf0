import {
  type Clock,
  ConfigFailure,
  createHttp,
  type Dependencies,
  RecordFailure,
  retry,
  type SentCall,
  type Traffic,
  TransientFailure,
} from 'destination-apollo/cdk';

/** One record of an answer. */
export interface Result {
  readonly key: string;
  readonly status: 'created' | 'updated' | 'rejected';
  readonly message?: string;
}

/** Posts JSON to one address, waits and tries again as the rules allow, and counts. */
export class Sender {
  readonly #http;
  readonly #url: string;
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #watch: ((call: SentCall) => void) | undefined;
  readonly #calls: Record<string, number> = {};
  #retries = 0;

  constructor({ url, secret }: { url: string; secret: string }, { clock, version, watch }: Dependencies) {
    this.#http = createHttp({ userAgent: `destination-webhook/${version}`, connections: 4 });
    this.#url = url;
    this.#secret = secret;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** Resolves with what was answered of each record; throws a Failure that concerns them all. */
  post(request: string, body: unknown, records: number, signal: AbortSignal): Promise<readonly Result[]> {
    const policy = { maxRetries: 3, baseMs: 500, capMs: 30_000, maxWaitMs: 60_000 };
    const onRetry = (): void => void this.#retries++;
    // A key names one record, so that a batch that comes twice does no harm.
    const options = { idempotent: true, policy, clock: this.#clock, signal, onRetry };
    return retry((attempt) => this.#once({ request, body, records, attempt }), options);
  }

  async #once({ request, body, records, attempt }: Sent): Promise<readonly Result[]> {
    const startedAt = this.#clock.now();
    const headers = { authorization: `Bearer ${this.#secret}`, 'content-type': 'application/json' };
    this.#calls[request] = (this.#calls[request] ?? 0) + 1;
    const answer = await this.#http.send({ method: 'POST', url: this.#url, headers, body: JSON.stringify(body) });
    const { status } = answer;
    this.#watch?.({ request, status, startedAt, ms: this.#clock.now() - startedAt, attempt, records });
    if (status === 401 || status === 403)
      throw new ConfigFailure(`The webhook refused the secret (${status}).`, {
        code: 'unauthorized',
        httpStatus: status,
      });
    if (status === 429 || status >= 500) {
      const delivery = status === 429 ? 'not-delivered' : 'unknown';
      throw new TransientFailure(`The webhook answered ${status}.`, { code: 'webhook_unavailable', delivery });
    }
    if (status >= 400)
      throw new RecordFailure(`The webhook refused the batch (${status}).`, {
        code: 'webhook_refused',
        httpStatus: status,
      });
    return resultsOf(answer.text);
  }

  traffic(): Traffic {
    return { calls: { ...this.#calls }, retries: this.#retries, rateLimited: 0 };
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

interface Sent {
  readonly request: string;
  readonly body: unknown;
  readonly records: number;
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
