import { tmpdir } from 'node:os';
import { write } from '../runtime/airbyte/write.ts';
import { Secrets } from '../runtime/config/secrets.ts';
import { Cancelled } from '../runtime/contract/cancelled.ts';
import { type Clock, systemClock } from '../runtime/contract/clock.ts';
import type { Destination, Environment, Notice, RunConfig, SentCall } from '../runtime/contract/destination.ts';
import type { OutgoingMessage } from '../runtime/contract/protocol.ts';
import type { RunSummary } from '../runtime/facts/report.ts';
import { type Preview, preview } from '../runtime/run/preview/preview.ts';
import { type RunEvent, sync } from '../runtime/run/sync.ts';

/**
 * How a run is made; everything has a default.
 * @public
 */
export interface RunOptions {
  /** Stops the run in order: requests in flight end, every row that was read has an outcome, and the summary comes. */
  readonly signal?: AbortSignal | undefined;
  readonly runId?: string | undefined;
  /** Only the streams of these names. */
  readonly only?: readonly string[] | undefined;
  /** Sends every row, whatever is known of it. */
  readonly full?: boolean | undefined;
  /** Sends rejected rows again although nothing has changed. */
  readonly retryRejects?: boolean | undefined;
  /** Gets warnings and waits as they come. Never carries a value of a row, nor a secret. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** Gets every request that has ended. */
  readonly onCall?: ((call: SentCall) => void) | undefined;
  /** What the destination reads of the environment: proxies, a key. Nothing by default; the environment of the process is one choice. */
  readonly environment?: Environment | undefined;
  /** Where rows are staged; the system's folder for temporary files by default. */
  readonly temporaryDirectory?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** @public */
export interface PreviewOptions extends RunOptions {
  /** How many records of each stream to show as they would be sent: they hold values of rows. None by default. */
  readonly show?: number | undefined;
}

/** @public */
export interface WriteOptions extends Omit<RunOptions, 'only' | 'full' | 'retryRejects'> {
  /** The configured catalog of Airbyte, as parsed JSON. */
  readonly catalog: Readonly<Record<string, unknown>>;
  /** Airbyte messages, one a line. */
  readonly input: AsyncIterable<Uint8Array>;
}

/**
 * What a program can have a destination do. A configuration is what its file would say, as parsed YAML or JSON; all of these
 * throw ConfigFailure for what a person must change, and nothing was sent then.
 * @public
 */
export interface Runs {
  /** Events of a run as they come; the last one is `finished`, and has the summary. */
  sync(config: unknown, options?: RunOptions): AsyncGenerator<RunEvent, void, void>;
  /** A run to its end. */
  run(config: unknown, options?: RunOptions): Promise<RunSummary>;
  /** What a run would do, without sending anything that writes. */
  preview(config: unknown, options?: PreviewOptions): Promise<Preview>;
  /** Airbyte's `write`: states come back once their rows are final. */
  write(config: unknown, options: WriteOptions): AsyncGenerator<OutgoingMessage, void, void>;
}

/**
 * The runs of a destination. `version` goes into `User-Agent`.
 * @public
 */
export function runsOf<C extends RunConfig>(
  destination: Destination<C>,
  { version }: { readonly version: string },
): Runs {
  const around = ({ clock = systemClock, environment = {}, onNotice, onCall }: RunOptions) => ({
    clock,
    environment,
    version,
    notice: onNotice ?? (() => {}),
    watch: onCall,
  });
  const configured = (config: unknown, use: 'sync' | 'airbyte', { environment = {} }: RunOptions) =>
    destination.configure(config, use, environment);

  async function* events(config: unknown, options: RunOptions = {}): AsyncGenerator<RunEvent, void, void> {
    const checked = configured(config, 'sync', options);
    const secrets = new Secrets(checked.secrets);
    const run = controllerOf(options.signal);
    for await (const event of sync(destination, checked, { ...selected(options), run }, around(options)))
      yield event.type === 'warning' ? { ...event, message: secrets.mask(event.message) } : event;
  }
  return {
    sync: events,
    async run(config, options) {
      let summary: RunSummary | undefined;
      for await (const event of events(config, options)) if (event.type === 'finished') summary = event.summary;
      return summary!;
    },
    preview: (config, { show = 0, ...options } = {}) => {
      const run = controllerOf(options.signal);
      return preview(
        destination,
        configured(config, 'sync', options),
        { ...selected(options), run, show },
        around(options),
      );
    },
    write: (config, { catalog, input, ...options }) =>
      write(
        destination,
        async () => configured(config, 'airbyte', options),
        {
          catalog: async () => catalog,
          stdin: input,
          run: controllerOf(options.signal),
          runId: options.runId,
          source: { temporaryDirectory: options.temporaryDirectory ?? tmpdir() },
        },
        around(options),
      ),
  };
}

const selected = ({ runId, only = [], full, retryRejects, temporaryDirectory = tmpdir() }: RunOptions) => ({
  runId,
  only,
  full,
  retryRejects,
  source: { temporaryDirectory },
});

/** A run is stopped for many reasons; a signal from outside is one, and ends it as `cancelled`. */
function controllerOf(signal: AbortSignal | undefined): AbortController {
  const run = new AbortController();
  const stop = (): void => run.abort(new Cancelled('SIGTERM'));
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true, signal: run.signal });
  return run;
}
