import { describe, expect, test } from 'vitest';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { catalogOf, globalState, idsOf, logsOf, record, runWrite, streamState } from '../support/airbyte.ts';
import { keysOf, statsOf } from '../support/airbyte-rows.ts';
import { ManualClock, settleDown } from '../support/manual-clock.ts';
import { ToyDestination } from '../support/toy-destination.ts';

// One test a fact, by its number in the reference on Airbyte's protocol.

describe('2.1 the envelope', () => {
  test('unknown types, unknown keys and null payloads are none of our business', async () => {
    const ending = await runWrite([
      '{"type":"SOMETHING_NEW","payload":{}}',
      '{"type":"LOG","log":{"level":"INFO","message":"reading"},"record":null}',
      '{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{"config":{}}}}',
      '{"type":"DESTINATION_CATALOG","destination_catalog":{"operations":[]}}',
      `{"type":"RECORD","log":null,"spec":null,"record":{"stream":"users","namespace":null,"data":{"key":1},"emitted_at":1,"meta":null,"file_reference":null,"later":1},"state":null,"trace":null}`,
    ]);
    expect([ending.error, keysOf(ending.toy)]).toEqual([undefined, [1]]);
  });
});

describe('2.2 records', () => {
  test('emitted_at is not looked at: it may be in seconds, or run backwards', async () => {
    const lines = [5, 1_795_291_150_674, 1].map((at, key) => record('users', { key }, { emitted_at: at }));
    expect(keysOf((await runWrite(lines)).toy)).toEqual([0, 1, 2]);
  });

  test('a value that was nulled on its way is absent, one that was cut is written, and both are counted', async () => {
    const change = (field: string, what: string) => ({ field, change: what, reason: 'PLATFORM_SERIALIZATION_ERROR' });
    const lines = [
      record(
        'users',
        { key: 1, bio: null, name: null, note: 'cu' },
        { meta: { changes: [change('bio', 'NULLED'), change('note', 'TRUNCATED'), null] } },
      ),
      record('users', { key: 2, bio: null }, { meta: { changes: [change('bio', 'NULLED')] } }),
      record('users', { key: 3, bio: null }, { meta: { changes: null } }),
    ];
    const ending = await runWrite(lines);
    expect(ending.toy.written.map(({ row }) => row)).toEqual([
      { key: 1, name: null, note: 'cu' },
      { key: 2 },
      { key: 3, bio: null },
    ]);
    expect(logsOf(ending).at(-1)).toBe(
      'WARN users: 3 values were nulled or cut before they came here (NULLED bio: 2, TRUNCATED note: 1); what was nulled is left as it is, what was cut is written as it came',
    );
  });

  test('streams may interleave, and are told apart by namespace and name', async () => {
    const catalog = {
      streams: [
        { stream: { name: 'users', namespace: 'x' }, destination_sync_mode: 'append' },
        { stream: { name: 'users', namespace: 'y' }, destination_sync_mode: 'append' },
      ],
    };
    const lines = [0, 1, 2, 3].map((key) => record('users', { key }, { namespace: key % 2 ? 'y' : 'x' }));
    const { toy, error } = await runWrite(lines, { catalog });
    expect([error, keysOf(toy)]).toEqual([undefined, [0, 2, 1, 3]]);
  });

  test('null, absent and empty namespace are one, and one that was dropped in a replay is found', async () => {
    const plain = [{}, { namespace: null }, { namespace: '' }].map((more, key) => record('users', { key }, more));
    expect(keysOf((await runWrite(plain)).toy)).toEqual([0, 1, 2]);
    const catalog = { streams: [{ stream: { name: 'users', namespace: 'ns' }, destination_sync_mode: 'append' }] };
    expect(keysOf((await runWrite(plain, { catalog })).toy)).toEqual([0, 1, 2]);
    const other = await runWrite([record('users', { key: 1 }, { namespace: 'other' })], { catalog });
    expect(String(other.error)).toContain('stream "other.users", which is not in the catalog');
  });

  test('a record of a stream that is not in the catalog fails the run, after what came before it', async () => {
    const ending = await runWrite([record('users', { key: 1 }), streamState('users', 1), record('others', { key: 2 })]);
    expect(idsOf(ending)).toEqual([1]);
    expect(String(ending.error)).toMatch(/Line 3 .* stream "others", which is not in the catalog/);
  });
});

describe('2.4 traces and statuses', () => {
  test('stream statuses are ignored, and a missing COMPLETE is no failure', async () => {
    const status = (name: string) =>
      JSON.stringify({
        type: 'TRACE',
        trace: {
          type: 'STREAM_STATUS',
          stream_status: { stream_descriptor: { name: 'users' }, status: name, reasons: null },
        },
      });
    const lines = [status('STARTED'), status('RUNNING'), record('users', { key: 1 }), status('INCOMPLETE')];
    const ending = await runWrite(lines);
    expect([ending.error, keysOf(ending.toy)]).toEqual([undefined, [1]]);
  });

  const start = Date.UTC(2026, 0, 1);

  test('a wait for a rate limit shows as RUNNING with RATE_LIMITED, once for a window, and its end as RUNNING', async () => {
    const clock = new ManualClock();
    const notice = { type: 'waiting', message: 'wait', untilMs: start + 5000.25, isRateLimit: true } as const;
    let answered = (): void => undefined;
    const toy: ToyDestination = new ToyDestination({
      onSend: () => {
        toy.dependencies!.notice(notice);
        toy.dependencies!.notice(notice);
        toy.dependencies!.notice({ ...notice, untilMs: notice.untilMs + 1000, isRateLimit: false });
        return new Promise((resolve) => {
          answered = resolve;
        });
      },
    });
    const seen: OutgoingMessage[] = [];
    const onMessage = (message: OutgoingMessage) => void (message.type === 'TRACE' && seen.push(message));
    const ended = runWrite([record('users', { key: 1 })], { toy, clock, onMessage });
    await settleDown();
    expect(seen).toEqual([
      {
        type: 'TRACE',
        trace: {
          type: 'STREAM_STATUS',
          emitted_at: start,
          stream_status: {
            stream_descriptor: { name: 'users' },
            status: 'RUNNING',
            reasons: [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: start + 5001 } }],
          },
        },
      },
    ]);
    await clock.advance(5001);
    expect(seen.slice(1)).toEqual([
      {
        type: 'TRACE',
        trace: {
          type: 'STREAM_STATUS',
          emitted_at: start + 5001,
          stream_status: { stream_descriptor: { name: 'users' }, status: 'RUNNING' },
        },
      },
    ]);
    answered();
    await ended;
    expect(seen).toHaveLength(2);
  });

  test('a wait before the first row shows on every stream', async () => {
    const toy: ToyDestination = new ToyDestination({
      onProve: () => {
        toy.dependencies!.notice({ type: 'waiting', message: 'wait', untilMs: start + 1, isRateLimit: true });
      },
    });
    const { messages } = await runWrite([], { toy, catalog: catalogOf('a', 'b') });
    const told = messages.flatMap((message) =>
      message.type === 'TRACE' && message.trace.type === 'STREAM_STATUS' ? [message.trace.stream_status] : [],
    );
    expect(told.map(({ stream_descriptor: { name }, reasons }) => `${name} ${reasons?.[0].type ?? 'runs'}`)).toEqual([
      'a RATE_LIMITED',
      'b RATE_LIMITED',
      'a runs',
      'b runs',
    ]);
  });
});

describe('2.8 the configured catalog', () => {
  test('an empty catalog passes states on', async () => {
    const ending = await runWrite([globalState(1)], { catalog: { streams: [] } });
    expect([ending.error, idsOf(ending)]).toEqual([undefined, [1]]);
  });

  test('generation ids mean nothing: a row is written, and no more', async () => {
    const [stream] = catalogOf('users').streams;
    const catalog = { streams: [{ ...stream, generation_id: 1, minimum_generation_id: 1, sync_id: 1 }] };
    expect((await runWrite([record('users', { key: 1 })], { catalog })).toy.written).toHaveLength(1);
  });

  test.each([
    [{}, 'has no list of streams'],
    [{ streams: [{ stream: {} }] }, 'has no name in streams[0].stream'],
    [{ streams: [{ stream: { name: 'x' } }] }, 'has no destination_sync_mode in streams[0]'],
    [{ streams: [...catalogOf('x').streams, ...catalogOf('x').streams] }, 'names the stream "x" twice'],
  ])('a catalog that is none is refused before a row is read', async (catalog, message) => {
    const { error, toy } = await runWrite([record('users', { key: 1 })], { catalog });
    expect(String(error)).toContain(message);
    expect(toy.events).toEqual([]);
  });

  test('a stream that cannot be served is refused before a row is read', async () => {
    const toy = new ToyDestination({ refuses: ['b'] });
    const ending = await runWrite([record('a', { key: 1 })], { toy, catalog: catalogOf('a', 'b') });
    expect([String(ending.error), toy.written, toy.events]).toEqual(['ConfigFailure: stream "b": refused.', [], []]);
  });

  test('6 sixty streams into one target are one warning', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `s${i}`);
    const streams = catalogOf(...names).streams.map((each) => ({ ...each, destination_object_name: 'people' }));
    expect(logsOf(await runWrite([], { catalog: { streams } }))).toEqual([
      'WARN streams "s0", "s1", "s2", "s3" and 56 more all upsert people; where they share records, the one that is sent last wins',
    ]);
  });

  test('6 two streams into one target are allowed, with a warning', async () => {
    const streams = catalogOf('a', 'b').streams.map((each) => ({ ...each, destination_object_name: 'people' }));
    expect(logsOf(await runWrite([], { catalog: { streams } }))).toEqual([
      'WARN streams "a" and "b" both upsert people; where they share records, the one that is sent last wins',
    ]);
  });
});

describe('3.4 Data Activation', () => {
  const catalog = {
    streams: [
      {
        stream: { name: 'users', json_schema: { properties: { key: {}, name: {} } } },
        destination_sync_mode: 'append_dedup',
        destination_object_name: 'people',
      },
    ],
  };

  test('a record that a mapper left half-mapped is rejected, and says which column it carries', async () => {
    const toy = new ToyDestination({ closed: ['users'] });
    const properties = { key: {} };
    const [stream] = catalog.streams;
    const closed = { streams: [{ ...stream, stream: { name: 'users', json_schema: { properties } } }] };
    const lines = [record('users', { key: 1 }), record('users', { key: 1, email_src: 'a@b' }), streamState('users', 1)];
    const ending = await runWrite(lines, { toy, catalog: closed });
    expect(statsOf(ending)).toEqual([{ recordCount: 1, rejectedRecordCount: 1 }]);
    // A row that is refused supersedes nothing.
    expect(toy.written).toHaveLength(1);
    expect(logsOf(ending).at(-1)).toBe('WARN users: 1 row was rejected (invalid_value: 1)');
  });

  test('so it is once something was made for the stream', async () => {
    const toy = new ToyDestination({ closed: ['users'] });
    const connect = toy.connect.bind(toy);
    toy.connect = (config, dependencies) => {
      const connection = connect(config, dependencies);
      const open: typeof connection.open = async (...asked) => {
        const opened = await connection.open(...asked);
        const makes = [{ what: 'a field', request: 'POST fields' }];
        const answer = async () => ({ makes, opened });
        return { ...opened, provision: { columns: [], lookups: {}, plan: answer, make: answer } };
      };
      return { ...connection, open };
    };
    const lines = [record('users', { key: 1 }), record('users', { key: 2, email_src: 'a@b' })];
    const ending = await runWrite(lines, { toy, catalog });
    expect(logsOf(ending)).toEqual([
      'INFO users: made a field',
      'INFO users: 2 rows (1 created, 1 rejected)',
      'WARN users: 1 row was rejected (invalid_value: 1)',
    ]);
  });

  test('a column that is no field is refused before a row is read', async () => {
    const toy = new ToyDestination({ closed: ['users'] });
    const [stream] = catalog.streams;
    const odd = {
      streams: [{ ...stream, stream: { name: 'users', json_schema: { properties: { key: {}, unknown: {} } } } }],
    };
    const { error } = await runWrite([record('users', { key: 1 })], { toy, catalog: odd });
    expect(String(error)).toBe('ConfigFailure: stream "users": unknown: people has no such field to upsert.');
  });
});

describe('6 duplicate keys', () => {
  test('the last of a micro-batch wins; earlier ones count as written, once it is', async () => {
    const toy = new ToyDestination({ maxRecords: 1 });
    const lines = [1, 2, 1, 1].map((key, n) => record('users', { key, n }));
    const ending = await runWrite([...lines, streamState('users', 1)], { toy });
    expect(toy.written.map(({ row }) => row['n'])).toEqual([1, 3]);
    expect(statsOf(ending)).toEqual([{ recordCount: 4 }]);
  });

  test('a state does not pass a superseded row whose record is not written yet', async () => {
    const toy = new ToyDestination({
      answer: (row) => (row['n'] === 2 ? { status: 'deferred', code: 'quota_exhausted', message: 'later' } : undefined),
    });
    const lines = [record('users', { key: 1, n: 0 }), streamState('users', 1), record('users', { key: 1, n: 2 })];
    const ending = await runWrite(lines, { toy });
    expect(idsOf(ending)).toEqual([]);
    expect(ending.error).toBeInstanceOf(TransientFailure);
  });

  test('micro-batches follow one another strictly, so keys keep their order across them', async () => {
    const toy = new ToyDestination({ maxInFlight: 4 });
    const lines = [0, 1, 2, 3, 4, 5].map((n) => record('users', { key: 1, n }));
    await runWrite(lines, { toy, limits: { maxRows: 2 } });
    expect(toy.written.map(({ row }) => row['n'])).toEqual([1, 3, 5]);
  });
});
