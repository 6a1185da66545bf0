import { describe, expect, it } from 'vitest';
import { TransientFailure } from '../../../runtime/contract/failure.ts';
import type { RunStatus } from '../../../runtime/facts/report.ts';
import type { HttpRequest } from '../../../runtime/http/http.ts';
import type { ListenerEvent } from '../../../runtime/listeners/listener.ts';
import { lineageServer, OpenLineage } from '../../../runtime/listeners/open-lineage.ts';
import { lineageRunId } from '../../../runtime/listeners/open-lineage-event.ts';
import { finished, refused, reportOf, START, show, started, summaryOf } from './listener-events.ts';

const url = 'http://marquez:5000';
const environment = { OPENLINEAGE_URL: `${url}/` };

interface Sent {
  readonly requests: readonly HttpRequest[];
  readonly events: readonly Record<string, unknown>[];
  readonly isClosed: boolean;
  readonly error: unknown;
}

async function sent(
  variables: Record<string, string>,
  answer: () => { status: number },
  ...events: readonly ListenerEvent[]
): Promise<Sent> {
  const requests: HttpRequest[] = [];
  let isClosed = false;
  const http = {
    send: async (request: HttpRequest) => {
      requests.push(request);
      return { headers: {}, text: '', ...answer() };
    },
    close: async () => {
      isClosed = true;
    },
  };
  const server = lineageServer({ ...environment, ...variables })!;
  const program = { name: 'toy', version: '1.2.3' };
  const listener = new OpenLineage({ server, http, program, configPath: 'conf/nightly.yaml' });
  const error = await show(listener, ...events).catch((thrown: unknown) => thrown);
  return { requests, events: requests.map(({ body }) => JSON.parse(body!)), isClosed, error };
}

const fine = () => ({ status: 201 });

describe('lineage', () => {
  it('is one event when the run starts and one when it ends', async () => {
    const { requests, events, isClosed, error } = await sent({}, fine, started(), finished());
    expect([isClosed, error]).toEqual([true, undefined]);
    expect(requests.map(({ method, url, headers }) => ({ method, url, headers }))).toEqual(
      Array(2).fill({ method: 'POST', url: `${url}/api/v1/lineage`, headers: { 'content-type': 'application/json' } }),
    );
    const [start, end] = events;
    expect(start).toMatchObject({
      eventType: 'START',
      eventTime: new Date(START).toISOString(),
      producer: 'urn:toy:1.2.3',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
      job: { namespace: 'default', name: 'toy.nightly' },
      inputs: [{ namespace: 'duckdb:warehouse.duckdb', name: 'marts.people' }],
      outputs: [{ namespace: 'toy', name: 'contacts' }],
    });
    expect(end).toMatchObject({
      eventType: 'COMPLETE',
      run: { runId: (start!['run'] as { runId: string }).runId },
      outputs: [{ name: 'contacts', outputFacets: { outputStatistics: { rowCount: 2 } } }],
    });
  });

  it('names an object that two streams write once, with the rows of both', async () => {
    const streams = ['people', 'leads'].map((name, i) => reportOf({ name, created: 2, updated: i }));
    const summary = summaryOf({ streams });
    const { events } = await sent({}, fine, started('people', 'leads', 'people'), finished(summary));
    expect(events[1]).toMatchObject({
      inputs: [{ name: 'marts.people' }, { name: 'marts.leads' }],
      outputs: [{ name: 'contacts', outputFacets: { outputStatistics: { rowCount: 5 } } }],
    });
    expect([events[0]!['outputs'], events[1]!['outputs']].map((all) => (all as unknown[]).length)).toEqual([1, 1]);
  });

  it.each<[RunStatus, string, string | undefined]>([
    ['succeeded', 'COMPLETE', undefined],
    ['deferred', 'COMPLETE', undefined],
    ['failed', 'FAIL', 'The key was revoked.'],
    ['rejected', 'FAIL', '1 of 3 rows were rejected, more than rejects.fail_above_percent allows. [too_many_rejects]'],
    ['cancelled', 'ABORT', 'The key was revoked.'],
  ])('of a run that was %s ends in %s', async (status, eventType, message) => {
    const { events } = await sent({}, fine, started(), finished(summaryOf({ status, error: 'The key was revoked.' })));
    const { facets } = events[1]!['run'] as { facets: { errorMessage?: { message: string } } };
    expect([events[1]!['eventType'], facets.errorMessage?.message]).toEqual([eventType, message]);
  });

  it('of a run that came to nothing is a failure if it had started, and nothing otherwise', async () => {
    expect((await sent({}, fine, started(), refused)).events.map(({ eventType }) => eventType)).toEqual([
      'START',
      'FAIL',
    ]);
    expect((await sent({}, fine, refused)).requests).toEqual([]);
  });

  it('goes where the variables say, in their name', async () => {
    const variables = {
      OPENLINEAGE_ENDPOINT: '/lineage',
      OPENLINEAGE_API_KEY: 'key',
      OPENLINEAGE_NAMESPACE: 'crm',
      OPENLINEAGE_PARENT_ID: 'http://airflow/dag.task/0195-run',
    };
    const { requests, events } = await sent(variables, fine, started());
    expect(requests[0]).toMatchObject({ url: `${url}/lineage`, headers: { authorization: 'Bearer key' } });
    expect(events[0]).toMatchObject({
      job: { namespace: 'crm' },
      run: {
        facets: { parent: { run: { runId: '0195-run' }, job: { namespace: 'http://airflow', name: 'dag.task' } } },
      },
    });
  });

  it('that cannot be sent is said once, at the end, and nothing else happens', async () => {
    const down = () => {
      throw new TransientFailure('connection refused', { code: 'unreachable', delivery: 'not-delivered' });
    };
    const ended = await sent({}, down, started(), finished());
    expect([ended.requests.length, ended.isClosed, String(ended.error)]).toEqual([
      2,
      true,
      'Error: the START event was not sent: connection refused',
    ]);
    const refusing = await sent({}, () => ({ status: 422 }), started(), finished());
    expect(String(refusing.error)).toBe('Error: the server answered 422 to the START event');
  });
});

it.each<[Record<string, string>, boolean]>([
  [{}, false],
  [{ OPENLINEAGE_URL: '' }, false],
  [{ ...environment, OPENLINEAGE_DISABLED: 'true' }, false],
  [{ ...environment, OPENLINEAGE_DISABLED: 'false' }, true],
])('with %j lineage is sent: %s', (variables, isSent) => expect(lineageServer(variables) !== undefined).toBe(isSent));

it('a URL that is none is an error', () =>
  expect(() => lineageServer({ OPENLINEAGE_URL: 'marquez' })).toThrow('OPENLINEAGE_URL is not a URL'));

it('a run id that is a UUID stays; another one gets a UUID', () => {
  const id = '0195f9c8-55ef-7b34-9c71-3c2ff2a1d3a1';
  expect([lineageRunId(id), lineageRunId('nightly-7').length]).toEqual([id, id.length]);
});
