import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import type { StreamReport } from '../facts/report.ts';
import { withCode } from '../text/error-text.ts';
import { failureOf } from '../text/failure-text.ts';
import type { Listener, ListenerEvent } from './listener.ts';

// SpanKind.CLIENT and SpanStatusCode.ERROR (@opentelemetry/api 1.3: trace/span_kind.ts, trace/status.ts).
const CLIENT = 2;
const ERROR = 2;

/** The part of `@opentelemetry/api` that is used, small enough for a test to stand in for it. */
interface TelemetryApi {
  readonly trace: { getTracer(name: string, version?: string): Tracer; setSpan(context: unknown, span: Span): unknown };
  readonly metrics: { getMeter(name: string, version?: string): Meter };
  readonly context: { active(): unknown };
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

interface Tracer {
  startSpan(
    name: string,
    options: { readonly kind?: number; readonly startTime: number; readonly attributes: Attributes },
    context?: unknown,
  ): Span;
}

interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(endTime: number): void;
}

interface Meter {
  createCounter(name: string, options: MetricOptions): { add(value: number, attributes: Attributes): void };
  createHistogram(name: string, options: MetricOptions): { record(value: number, attributes: Attributes): void };
}

interface MetricOptions {
  readonly description: string;
  readonly unit: string;
}

/** Tells a run as a span with one below it for each request, and as metrics: rows by outcome, requests, their duration. */
export class OpenTelemetry implements Listener {
  readonly name = 'OpenTelemetry';
  readonly #api: TelemetryApi;
  readonly #tracer: Tracer;
  readonly #rows: ReturnType<Meter['createCounter']>;
  readonly #durations: ReturnType<Meter['createHistogram']>;
  readonly #counted = new Map<string, number>();
  #span: Span | undefined;

  constructor(api: TelemetryApi, program: { readonly name: string; readonly version: string }) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(program.name, program.version);
    const meter = api.metrics.getMeter(program.name, program.version);
    this.#rows = meter.createCounter('sync.rows', { description: 'Rows by outcome', unit: '{row}' });
    // The name, the unit and the attributes that semantic conventions have for it (opentelemetry.io, http-metrics, 2026-09).
    this.#durations = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of requests to the destination',
      unit: 's',
    });
  }

  on(event: ListenerEvent, at: number): void {
    switch (event.type) {
      case 'started': {
        const attributes = { 'sync.run_id': event.runId, 'sync.source': event.source };
        this.#span = this.#tracer.startSpan('sync', { startTime: at, attributes });
        return;
      }
      case 'progress':
        this.#countRows(event.stream);
        return;
      case 'called':
        this.#called(event.call);
        return;
      case 'finished': {
        for (const stream of event.summary.streams) this.#countRows(stream);
        const failure = failureOf(event.summary);
        this.#span?.setAttributes({ 'sync.status': event.summary.status });
        this.#end(at, failure?.message);
        return;
      }
      case 'refused':
        this.#end(at, withCode(event.message, event.code));
    }
  }

  #countRows(stream: StreamReport): void {
    for (const outcome of OUTCOME_STATUSES) {
      const key = JSON.stringify([stream.name, outcome]);
      const more = stream[outcome] - (this.#counted.get(key) ?? 0);
      if (more <= 0) continue;
      this.#counted.set(key, stream[outcome]);
      this.#rows.add(more, { 'sync.stream': stream.name, 'sync.object': stream.object, 'sync.outcome': outcome });
    }
  }

  #called({
    request,
    status,
    startedAt,
    ms,
    attempt,
    records,
  }: Extract<ListenerEvent, { type: 'called' }>['call']): void {
    const [method = '', path = ''] = request.split(' ');
    const answer: Attributes =
      status === undefined ? { 'error.type': 'no_answer' } : { 'http.response.status_code': status };
    const attributes: Attributes = { 'http.request.method': method, 'url.template': path, ...answer };
    this.#durations.record(ms / 1000, attributes);
    const { context, trace } = this.#api;
    const parent = this.#span === undefined ? context.active() : trace.setSpan(context.active(), this.#span);
    const more = {
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
      ...(records !== undefined && { 'sync.records': records }),
    };
    const options = { kind: CLIENT, startTime: startedAt, attributes: { ...attributes, ...more } };
    const span = this.#tracer.startSpan(request, options, parent);
    if (status === undefined || status >= 400) span.setStatus({ code: ERROR });
    span.end(startedAt + ms);
  }

  #end(at: number, failure: string | undefined): void {
    if (failure !== undefined) this.#span?.setStatus({ code: ERROR, message: failure });
    this.#span?.end(at);
  }
}
