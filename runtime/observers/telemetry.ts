/** The part of `@opentelemetry/api` that is used, so that the program runs, and its tests do, without it. */
export interface TelemetryApi {
  readonly trace: { getTracer(name: string, version?: string): Tracer; setSpan(context: unknown, span: Span): unknown };
  readonly metrics: { getMeter(name: string, version?: string): Meter };
  readonly context: { active(): unknown };
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Tracer {
  startSpan(
    name: string,
    options: { readonly kind?: number; readonly startTime: number; readonly attributes: Attributes },
    context?: unknown,
  ): Span;
}

export interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(endTime: number): void;
}

export interface Meter {
  createCounter(name: string, options: MetricOptions): { add(value: number, attributes: Attributes): void };
  createHistogram(name: string, options: MetricOptions): { record(value: number, attributes: Attributes): void };
}

export interface MetricOptions {
  readonly description: string;
  readonly unit: string;
}

// By a name that is not a literal: it is taken from wherever it is installed, and left out where it is not.
const PACKAGE: string = '@opentelemetry/api';

/** The API, which does nothing until the one who starts the program has loaded an SDK; undefined where it is missing. */
export const telemetryApi = (): Promise<TelemetryApi | undefined> =>
  import(PACKAGE).then(
    (api) => api as TelemetryApi,
    () => undefined,
  );
