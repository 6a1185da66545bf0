import { expect, test } from 'vitest';
import { errorTraceOf } from '../../../runtime/airbyte/error-trace.ts';
import { BrokenInput } from '../../../runtime/airbyte/input/lines.ts';
import { ConfigFailure, Failure, TransientFailure } from '../../../runtime/contract/failure.ts';

test.each([
  [new ConfigFailure('Change it.', { code: 'invalid_config' }), 'config_error', 'ConfigFailure invalid_config'],
  [
    new TransientFailure('Down.', {
      ...{ code: 'apollo_unavailable', delivery: 'unknown', endpoint: 'POST contacts', httpStatus: 503 },
    }),
    'transient_error',
    'TransientFailure apollo_unavailable, POST contacts, HTTP 503',
  ],
  [new BrokenInput(3, 'is not JSON'), 'system_error', 'BrokenInput invalid_input'],
  [new TypeError('x is undefined'), 'system_error', 'TypeError: x is undefined'],
  ['thrown', 'system_error', 'Error: thrown'],
])('every TRACE has an internal_message, and only a defect its stack: %s', (error, type, internal) => {
  const { failure_type, internal_message, stack_trace } = errorTraceOf(error);
  expect([failure_type, internal_message, stack_trace !== undefined]).toEqual([
    type,
    internal,
    !(error instanceof Failure),
  ]);
});
