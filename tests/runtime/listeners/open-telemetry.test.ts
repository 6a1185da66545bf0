import { expect, it } from 'vitest';
import { OpenTelemetry } from '../../../runtime/listeners/open-telemetry.ts';
import { called, finished, progress, refused, START, show, started, summaryOf } from './listener-events.ts';

/** An API that keeps what it is told. */
function recorder() {
  const spans: Record<string, unknown>[] = [];
  const rows: [number, object][] = [];
  const durations: [number, object][] = [];
  const api: ConstructorParameters<typeof OpenTelemetry>[0] = {
    context: { active: () => 'root' },
    trace: {
      setSpan: (_context, span) => (span as unknown as { name: string }).name,
      getTracer: () => ({
        startSpan: (name, { startTime, attributes, kind }, context) => {
          const told: Record<string, unknown> = { name, startTime, kind, context, ...attributes };
          spans.push(told);
          return {
            ...told,
            name,
            setAttributes: (more) => Object.assign(told, more),
            setStatus: (status) => Object.assign(told, { status }),
            end: (endTime) => void Object.assign(told, { endTime }),
          };
        },
      }),
    },
    metrics: {
      getMeter: () => ({
        createCounter: () => ({ add: (value, attributes) => void rows.push([value, attributes]) }),
        createHistogram: () => ({ record: (value, attributes) => void durations.push([value, attributes]) }),
      }),
    },
  };
  return { listener: new OpenTelemetry(api, { name: 'toy', version: '1' }), spans, rows, durations };
}

it('a run is a span, and each of its requests one below it', async () => {
  const { listener, spans, durations } = recorder();
  await show(listener, started(), called({ request: 'PATCH people/{id}', ms: 40, records: 1 }), finished());
  expect(spans).toEqual([
    {
      name: 'sync',
      startTime: START,
      endTime: START + 2000,
      'sync.run_id': 'run-1',
      'sync.source': 'duckdb:warehouse.duckdb',
      'sync.status': 'succeeded',
    },
    {
      name: 'PATCH people/{id}',
      kind: 2,
      context: 'sync',
      startTime: START,
      endTime: START + 40,
      'http.request.method': 'PATCH',
      'url.template': 'people/{id}',
      'http.response.status_code': 200,
      'sync.records': 1,
    },
  ]);
  expect(durations).toEqual([
    [0.04, { 'http.request.method': 'PATCH', 'url.template': 'people/{id}', 'http.response.status_code': 200 }],
  ]);
});

it('rows are counted by stream and outcome, each once', async () => {
  const { listener, rows } = recorder();
  await show(listener, started(), progress({ created: 1 }, 1), progress({ created: 2, rejected: 1 }, 1), finished());
  const attributes = (outcome: string) => ({
    'sync.stream': 'people',
    'sync.object': 'contacts',
    'sync.outcome': outcome,
  });
  expect(rows).toEqual([
    [1, attributes('created')],
    [1, attributes('created')],
    [1, attributes('rejected')],
  ]);
});

it('requests and runs that fail are errors', async () => {
  const { listener, spans } = recorder();
  const calls = [called({ status: 503, attempt: 2 }), called({ status: undefined } as object)];
  await show(listener, started(), ...calls, finished(summaryOf({ status: 'failed', error: 'The key was revoked.' })));
  expect(spans.map(({ status }) => status)).toEqual([
    { code: 2, message: 'The key was revoked.' },
    { code: 2 },
    { code: 2 },
  ]);
  expect(spans[1]).toMatchObject({ 'http.request.resend_count': 1 });
  expect(spans[2]).toMatchObject({ 'error.type': 'no_answer' });
});

it('a run that came to nothing has an end', async () => {
  const { listener, spans } = recorder();
  await show(listener, started(), refused);
  expect(spans[0]).toMatchObject({
    endTime: START + 1000,
    status: { code: 2, message: 'streams[0]: no such table. [invalid_config]' },
  });
});
