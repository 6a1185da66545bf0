import { context, metrics, trace } from '@opentelemetry/api';

/** The API, which does nothing until the one who starts the program has loaded an SDK. */
export const telemetryApi = () => ({ context, metrics, trace });
