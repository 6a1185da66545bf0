import { describe, expect, it } from 'vitest';
import { errorMessage, logMessage, rateLimitedMessage } from '../../../runtime/contract/protocol.ts';

describe('a message', () => {
  it('has the casing and exactly the keys of the protocol', () => {
    expect([
      logMessage('WARN', 'careful'),
      logMessage('ERROR', 'bad', 'at x'),
      errorMessage({ message: 'down', failure_type: 'transient_error' }, 5),
      rateLimitedMessage({ name: 's', namespace: 'n' }, 9, 5),
    ]).toEqual([
      { type: 'LOG', log: { level: 'WARN', message: 'careful' } },
      { type: 'LOG', log: { level: 'ERROR', message: 'bad', stack_trace: 'at x' } },
      {
        type: 'TRACE',
        trace: { type: 'ERROR', emitted_at: 5, error: { message: 'down', failure_type: 'transient_error' } },
      },
      {
        type: 'TRACE',
        trace: {
          type: 'STREAM_STATUS',
          emitted_at: 5,
          stream_status: {
            stream_descriptor: { name: 's', namespace: 'n' },
            status: 'RUNNING',
            reasons: [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: 9 } }],
          },
        },
      },
    ]);
  });
});
