import { describe, expect, it } from 'vitest';
import {
  catalogMessage,
  connectionFailed,
  connectionSucceeded,
  errorMessage,
  logMessage,
  rateLimitedMessage,
  type StatePayload,
  specMessage,
  stateMessage,
} from '../../runtime/protocol.ts';

describe('a message', () => {
  it('has the casing and exactly the keys of the protocol', () => {
    const specification = {
      documentationUrl: 'https://docs.example',
      supportsIncremental: true,
      supported_destination_sync_modes: ['append'],
      connectionSpecification: {},
    } as const;
    expect([
      specMessage(specification),
      connectionSucceeded(),
      connectionFailed('no'),
      catalogMessage({ operations: [] }),
      logMessage('WARN', 'careful'),
      logMessage('ERROR', 'bad', 'at x'),
      errorMessage({ message: 'down', failure_type: 'transient_error' }, 5),
      rateLimitedMessage({ name: 's', namespace: 'n' }, 9, 5),
    ]).toEqual([
      { type: 'SPEC', spec: specification },
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } },
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: 'no' } },
      { type: 'DESTINATION_CATALOG', destination_catalog: { operations: [] } },
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

  it('echoes a state with every key it has, and adds only what became of its rows', () => {
    const state = {
      type: 'GLOBAL',
      global_: { shared_state: { a: null } },
      data: null,
      id: 7,
      sourceStats: { recordCount: 3 },
    };
    const before = structuredClone(state);
    expect(stateMessage(state as StatePayload, 2, 1)).toEqual({
      type: 'STATE',
      state: { ...before, destinationStats: { recordCount: 2, rejectedRecordCount: 1 } },
    });
    expect(JSON.stringify(stateMessage(state as StatePayload, 3, 0))).toBe(
      `{"type":"STATE","state":${JSON.stringify({ ...before, destinationStats: { recordCount: 3 } })}}`,
    );
    expect(state).toEqual(before);
  });
});
