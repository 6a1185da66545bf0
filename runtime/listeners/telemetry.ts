import { context, metrics, trace } from '@opentelemetry/api';
import type { TelemetryApi } from './open-telemetry.ts';

/** The API, which does nothing until the one who starts the program has loaded an SDK. */
export const telemetryApi = (): TelemetryApi => ({ context, metrics, trace });
