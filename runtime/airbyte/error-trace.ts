import { ConfigFailure, codeOf, Failure, TransientFailure } from '../contract/failure.ts';
import type { errorMessage } from '../contract/protocol.ts';
import { withCode } from '../text/error-text.ts';

type ErrorTrace = Parameters<typeof errorMessage>[0];

/** What ended a command, as Airbyte shows it to its user, with what those who look after the connector ask for first. */
export function errorTraceOf(error: unknown): ErrorTrace {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const failure_type = typeOf(error);
  return {
    message: withCode(message, codeOf(error)),
    failure_type,
    internal_message: error instanceof Failure ? `${name} ${detailsOf(error)}` : `${name}: ${message}`,
    ...(!(error instanceof Failure) && stack !== undefined && { stack_trace: stack }),
  };
}

function typeOf(error: unknown): ErrorTrace['failure_type'] {
  if (error instanceof ConfigFailure) return 'config_error';
  return error instanceof TransientFailure ? 'transient_error' : 'system_error';
}

/** Code, request and status: never a text of the other side, which may hold values. */
function detailsOf({ code, endpoint, httpStatus }: Failure): string {
  const status = httpStatus === undefined ? undefined : `HTTP ${httpStatus}`;
  return [code, endpoint, status].filter((part) => part !== undefined).join(', ');
}
