import { basename, extname } from 'node:path';
import type { Environment } from '../contract/destination.ts';
import { messageOf } from '../contract/failure.ts';
import type { RunStatus } from '../facts/report.ts';
import type { Http, HttpRequest } from '../http/http.ts';
import { withCode } from '../text/error-text.ts';
import type { Listener, ListenerEvent } from './listener.ts';
import { lineageEvent, lineageRunId } from './open-lineage-event.ts';

type LineageRun = Parameters<typeof lineageEvent>[0];
type LineageEventType = Parameters<typeof lineageEvent>[1];

/** Where events go, as the environment says in the names that all OpenLineage clients use. */
interface LineageServer {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly namespace: string;
  readonly parent: string | undefined;
}

/** Undefined where no server is named, or where events are switched off. */
export function lineageServer(environment: Environment): LineageServer | undefined {
  const { OPENLINEAGE_URL: url, OPENLINEAGE_DISABLED: disabled = '' } = environment;
  if (!url || /^(true|1)$/i.test(disabled)) return undefined;
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new Error('OPENLINEAGE_URL is not a URL, such as http://marquez:5000.');
  const endpoint = environment['OPENLINEAGE_ENDPOINT'] || 'api/v1/lineage';
  return {
    url: `${url.replace(/\/+$/, '')}/${endpoint.replace(/^\/+/, '')}`,
    apiKey: environment['OPENLINEAGE_API_KEY'] || undefined,
    namespace: environment['OPENLINEAGE_NAMESPACE'] || 'default',
    parent: environment['OPENLINEAGE_PARENT_ID'] || undefined,
  };
}

interface LineageOptions {
  readonly server: LineageServer;
  /** Closed at the end. */
  readonly http: Http;
  /** The name and version of this program. */
  readonly program: { readonly name: string; readonly version: string };
  readonly configPath: string;
}

/** POSTs an OpenLineage event when a run starts and one when it ends. Nothing waits for the first. */
export class OpenLineage implements Listener {
  readonly name = 'OpenLineage';
  readonly #options: LineageOptions;
  #run: LineageRun | undefined;
  #sent: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor(options: LineageOptions) {
    this.#options = options;
  }

  on(event: ListenerEvent, at: number): void {
    if (event.type === 'started') {
      this.#run = this.#runOf(event);
      this.#post('START', at);
    }
    if (event.type === 'finished') {
      const { summary } = event;
      this.#post(END_OF[summary.status], at, { summary });
    }
    if (event.type === 'refused') this.#post('FAIL', at, { error: withCode(event.message, event.code) });
  }

  async close(): Promise<void> {
    await this.#sent;
    await this.#options.http.close();
    if (this.#problem !== undefined) throw new Error(this.#problem);
  }

  #runOf({ runId, streams, source }: Extract<ListenerEvent, { type: 'started' }>): LineageRun {
    const { server, program, configPath } = this.#options;
    return {
      // A URI, by the specification: a name says enough, and no page has to exist for it.
      producer: `urn:${program.name}:${program.version}`,
      namespace: server.namespace,
      job: `${program.name}.${basename(configPath, extname(configPath))}`,
      runId: lineageRunId(runId),
      parent: server.parent,
      source,
      destination: program.name,
      streams,
    };
  }

  // One after another: a server that gets the end before the start may count a run that never ends.
  #post(type: LineageEventType, at: number, end?: Parameters<typeof lineageEvent>[3]): void {
    const run = this.#run;
    if (run === undefined) return;
    const { server, http } = this.#options;
    const request: HttpRequest = {
      method: 'POST',
      url: server.url,
      headers: {
        'content-type': 'application/json',
        ...(server.apiKey !== undefined && { authorization: `Bearer ${server.apiKey}` }),
      },
      body: JSON.stringify(lineageEvent(run, type, at, end)),
    };
    this.#sent = this.#sent.then(async () => {
      try {
        const { status } = await http.send(request);
        if (status >= 300) this.#problem ??= `the server answered ${status} to the ${type} event`;
      } catch (error) {
        this.#problem ??= `the ${type} event was not sent: ${messageOf(error)}`;
      }
    });
  }
}

// What is deferred was not a failure: the run did what it could, and says so.
const END_OF = {
  succeeded: 'COMPLETE',
  deferred: 'COMPLETE',
  rejected: 'FAIL',
  failed: 'FAIL',
  cancelled: 'ABORT',
} as const satisfies Record<RunStatus, LineageEventType>;
