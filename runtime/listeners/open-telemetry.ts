import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import type { StreamReport } from '../facts/report.ts';
import { withCode } from '../text/error-text.ts';
import { failureOf } from '../text/failure-text.ts';
import type { Happening, Observer } from './observer.ts';
import type { Attributes, Meter, Span, TelemetryApi, Tracer } from './telemetry.ts';

// SpanKind.CLIENT and SpanStatusCode.ERROR (@opentelemetry/api 1.3: trace/span_kind.ts, trace/status.ts).
const CLIENT = 2;
const ERROR = 2;

/** Tells a run as a span with one below it for each request, and as metrics: rows by outcome, requests, their duration. */
export class OpenTelemetry implements Observer {
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

  see(happening: Happening, at: number): void {
    switch (happening.type) {
      case 'started': {
        const attributes = { 'sync.run_id': happening.runId, 'sync.source': happening.source };
        this.#span = this.#tracer.startSpan('sync', { startTime: at, attributes });
        return;
      }
      case 'progress':
        this.#countRows(happening.stream);
        return;
      case 'called':
        this.#called(happening.call);
        return;
      case 'finished': {
        for (const stream of happening.summary.streams) this.#countRows(stream);
        const failure = failureOf(happening.summary);
        this.#span?.setAttributes({ 'sync.status': happening.summary.status });
        this.#end(at, failure?.message);
        return;
      }
      case 'refused':
        this.#end(at, withCode(happening.message, happening.code));
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

  #called({ request, status, startedAt, ms, attempt, records }: Extract<Happening, { type: 'called' }>['call']): void {
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
