import { context, metrics, trace } from '@opentelemetry/api';

/** The part of `@opentelemetry/api` that is used, small enough for a test to stand in for it. */
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

interface MetricOptions {
  readonly description: string;
  readonly unit: string;
}

/** The API, which does nothing until the one who starts the program has loaded an SDK. */
export const telemetryApi = (): TelemetryApi => ({ context, metrics, trace });
