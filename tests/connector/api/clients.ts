import { type Client, createClient } from '../../../connector/api/client.ts';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { bulkCreated } from '../../../connector/api/wire.ts';
import { ManualClock } from '../../../emulator/calls/clock.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import { type Emulator, startEmulator } from '../../../emulator/server/server.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { createHttp, type Http } from '../../../runtime/http/http.ts';
import type { TransportEvent } from '../../../runtime/http/transport.ts';

type ClientOptions = Parameters<typeof createClient>[0];

/** The key that clients here send. */
export const KEY = 'key-that-no-output-shows';

/** What a test has opened; `closeOpened` ends it. */
export const opened: { close(): Promise<void> }[] = [];

/** To be called after each test. */
export async function closeOpened(): Promise<void> {
  for (const one of opened.splice(0).reverse()) await one.close();
}

/** The signal of a run that nothing stops. */
export const { signal } = new AbortController();

/** Time that passes when the client waits, for the emulator as well. */
class SharedClock extends VirtualClock {
  readonly emulated = new ManualClock();

  constructor() {
    super();
    this.time = this.emulated.now();
    this.chance = () => 0.5;
  }

  override async sleep(ms: number, stop: AbortSignal): Promise<void> {
    await super.sleep(ms, stop);
    this.emulated.advance(this.time - this.emulated.now());
  }
}

interface Setup {
  readonly client: Client;
  readonly apollo: Emulator;
  readonly clock: SharedClock;
  readonly events: TransportEvent[];
}

/** A client, and an emulator of the same time. */
export async function setup(emulator: EmulatorOptions = {}, options: Partial<ClientOptions> = {}): Promise<Setup> {
  const clock = new SharedClock();
  const apollo = await startEmulator({ keys: [{ key: KEY }], clock: clock.emulated, ...emulator });
  const http = createHttp({ userAgent: 'test/1', connections: 4, requestTimeoutMs: 5000 });
  opened.push(apollo, http);
  const events: TransportEvent[] = [];
  const client = clientOf(apollo.url, http, { clock, observe: (event) => events.push(event), ...options });
  return { client, apollo, clock, events };
}

/** A client of this address. */
export const clientOf = (baseUrl: string, http: Http, more: Partial<ClientOptions> = {}): Client =>
  createClient({
    credentials: { auth_type: 'api_key', api_key: KEY },
    baseUrl,
    http,
    clock: new VirtualClock(),
    rateLimits: { plan: 'auto', reservePercent: 0, maxWaitMs: 3_900_000 },
    maxRetries: 3,
    concurrency: 4,
    ...more,
  });

/** Creates contacts of these addresses. */
export const create = (client: Client, emails: readonly string[], idempotent = true, stop = signal) =>
  client.call(
    endpoints.contacts.bulkCreate,
    {
      body: { run_dedupe: true, contacts: emails.map((email) => ({ email })) },
      records: emails.length,
      idempotent,
      schema: bulkCreated('contacts'),
    },
    stop,
  );

/** Matches the request of `create`. */
export const bulkCreate = { method: 'POST', path: 'contacts/bulk_create' };

/** What a call throws. */
export const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
