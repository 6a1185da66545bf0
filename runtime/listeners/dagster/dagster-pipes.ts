import { withCode } from '../../text/error-text.ts';
import { failureOf } from '../../text/failure-text.ts';
import type { Listener, ListenerEvent } from '../listener.ts';
import { PacedProgress } from '../paced-progress.ts';
import { type Pace, plainLine } from '../plain-lines.ts';
import { assign } from './asset-keys.ts';
import { checks, metadata } from './asset-report.ts';
import type { sinkFor } from './pipes-channel.ts';
import { type PipesMethods, pipesMessage } from './pipes-message.ts';
import type { PipesParameters } from './pipes-parameters.ts';

type Finished = Extract<ListenerEvent, { type: 'finished' }>;

/** Tells Dagster of a run that it started: logs, a materialization an asset, checks, and how it ended. */
export class DagsterPipes implements Listener {
  readonly name = 'Dagster Pipes';
  readonly #context: PipesParameters['context'];
  readonly #sink: ReturnType<typeof sinkFor>;
  readonly #pace: Pace;
  readonly #progress: PacedProgress;
  #streams: readonly string[] = [];
  #isOpen = false;
  #exception: PipesMethods['closed']['exception'] | undefined;

  constructor(context: PipesParameters['context'], sink: ReturnType<typeof sinkFor>, pace: Pace) {
    this.#context = context;
    this.#sink = sink;
    this.#pace = pace;
    this.#progress = new PacedProgress(pace);
  }

  async on(event: ListenerEvent, at: number): Promise<void> {
    await this.#open();
    this.#progress.on(event, at);
    switch (event.type) {
      case 'started': {
        this.#streams = event.streams.map(({ name }) => name);
        const streams = event.streams.map(({ name, object, mode }) => `${name} (${mode} ${object})`).join(', ');
        return this.#log('INFO', `Run ${event.runId} reads ${event.source}: ${streams}.`);
      }
      case 'finished':
        return this.#finish(event);
      case 'refused':
        this.#exception = exception('RunRefused', withCode(event.message, event.code));
        await this.#send('report_custom_message', {
          payload: {
            type: 'run_refused',
            exit_code: event.exitCode,
            error: event.message,
            error_code: event.code,
          },
        });
        return this.#log('ERROR', withCode(event.message, event.code));
      default:
        return this.#other(event, at);
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.#send('closed', this.#exception === undefined ? {} : { exception: this.#exception });
    await this.#sink.close();
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    await this.#send('opened', { extras: {} });
  }

  async #other(event: ListenerEvent, at: number): Promise<void> {
    if (event.type === 'warning') return this.#log('WARNING', event.message);
    const line = plainLine(event, this.#pace.verbosity);
    if (line !== undefined) return this.#log(event.type === 'called' ? 'DEBUG' : 'INFO', line);
    const progress = this.#progress.line(at);
    if (progress !== undefined) await this.#log('INFO', progress);
  }

  async #finish(finished: Finished): Promise<void> {
    const { summary, exitCode } = finished;
    const { run_id, status, retry_at, error, error_code } = summary;
    await this.#reportAssets(finished);
    await this.#send('report_custom_message', {
      payload: {
        type: 'run_summary',
        run_id,
        status,
        exit_code: exitCode,
        retry_at,
        error: failureOf(summary)?.message ?? (error === undefined ? null : withCode(error, error_code)),
      },
    });
    const failure = failureOf(summary);
    if (failure !== undefined) this.#exception = exception(failure.name, failure.message);
    await this.#log(failure === undefined ? 'INFO' : 'ERROR', failure?.message ?? `Run ${run_id}: ${status}.`);
  }

  async #reportAssets(finished: Finished): Promise<void> {
    const { streams } = finished.summary;
    const { assets, unassigned } = assign(this.#streams, this.#context.asset_keys ?? []);
    for (const [key, names] of assets) {
      const begun = streams.filter(({ name }) => names.includes(name));
      await this.#reportAsset(key, {
        streams: begun,
        finished,
        quota: this.#progress.view.quota.scarcest,
        isUnfinished: begun.length < names.length,
      });
    }
    await this.#warnOf(unassigned);
  }

  /** Checks are reported also of what was not begun: Dagster fails a step that leaves one of them open. */
  async #reportAsset(asset_key: string, report: Parameters<typeof checks>[0]): Promise<void> {
    if (report.streams.length > 0) {
      await this.#send('report_asset_materialization', { asset_key, data_version: null, metadata: metadata(report) });
    }
    const wanted = this.#context.extras?.asset_checks;
    for (const check of checks(report)) {
      if (wanted === undefined || wanted.includes(check.check_name)) {
        await this.#send('report_asset_check', { asset_key, ...check });
      }
    }
  }

  async #warnOf(unassigned: readonly string[]): Promise<void> {
    if (this.#context.asset_keys === null || unassigned.length === 0) return;
    await this.#log(
      'WARNING',
      `No asset key ends with the name of these streams, so none shows them: ${unassigned.join(', ')}.`,
    );
  }

  #log(level: PipesMethods['log']['level'], message: string): Promise<void> {
    return this.#send('log', { message, level });
  }

  async #send<M extends keyof PipesMethods>(method: M, params: PipesMethods[M]): Promise<void> {
    await this.#sink.send(pipesMessage(method, params));
  }
}

// Without a stack: what failed is said by the message, and a trace of this program does not help those who run Dagster.
const exception = (name: string, message: string) => ({
  message,
  name,
  stack: [],
  cause: null,
  context: null,
});
