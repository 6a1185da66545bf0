import { describe, expect, test } from 'vitest';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { bytes, catalogOf, globalState, idsOf, logsOf, record, runWrite, streamState } from '../support/airbyte.ts';
import { ManualClock, settleDown } from '../support/manual-clock.ts';
import { slow } from '../support/runs.ts';
import { ToyDestination } from '../support/toy-destination.ts';

// One test a fact, by its number in the reference on Airbyte's protocol.

const rows = (count: number, stream = 'users', from = 0): string[] =>
  Array.from({ length: count }, (_, i) => record(stream, { key: from + i }));
const statsOf = ({ states }: { states: readonly { destinationStats: object }[] }) =>
  states.map(({ destinationStats }) => destinationStats);
const keysOf = (toy: ToyDestination) => toy.written.map(({ row }) => row['key']);

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

describe('2.3 states', () => {
  test('1: a state comes back with everything in it, `id` and unknown keys included', async () => {
    const line =
      '{"type":"STATE","state":{"id":7,"type":"STREAM","stream":{"stream_descriptor":{"name":"users","namespace":null},"stream_state":{"a":null,"10":1,"2":{"x":[]}}},"partition_id":"p","sourceStats":{"recordCount":1.0,"rejectedRecordCount":null},"destinationStats":null},"record":null}';
    const { lines } = await runWrite([record('users', { key: 1 }), line]);
    expect(lines).toEqual([
      '{"type":"STATE","state":{"id":7,"type":"STREAM","stream":{"stream_descriptor":{"name":"users","namespace":null},"stream_state":{"a":null,"10":1,"2":{"x":[]}}},"partition_id":"p","sourceStats":{"recordCount":1.0,"rejectedRecordCount":null},"destinationStats":{"recordCount":1}}}',
    ]);
  });

  test('1: numbers, escapes and spaces of a state are not touched', async () => {
    const cursor = '{ "ns" : 1795291150674000123, "f": 1.10, "e": 1e400, "t": "\\u00e9\\/\\"}{" }';
    const line = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},"stream_state":${cursor}},"id":1}}`;
    expect((await runWrite([line])).lines[0]).toContain(cursor);
  });

  test('2: a state waits for every record before it', async () => {
    let written = 0;
    const toy = new ToyDestination({
      maxRecords: 2,
      onSend: (sent) => {
        written += sent.length;
      },
    });
    const seen: number[] = [];
    await runWrite([...rows(5), streamState('users', 1), ...rows(5, 'users', 5), streamState('users', 2)], {
      toy,
      onMessage: ({ type }) => void (type === 'STATE' && seen.push(written)),
    });
    expect([seen[0]! >= 5, seen[1]]).toEqual([true, 10]);
  });

  test('3: every state is returned, in order', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => [...rows(3, 'users', i * 3), streamState('users', i)]).flat();
    expect(idsOf(await runWrite(lines, { limits: { maxRows: 7 } }))).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('3: a hundred thousand states at once come back in order, in no time', slow, async () => {
    const lines = [record('users', { key: 1 }), ...Array.from({ length: 100_000 }, (_, i) => streamState('users', i))];
    const ending = await runWrite(lines);
    expect(ending.states).toHaveLength(100_000);
    expect(idsOf(ending).every((id, i) => id === i)).toBe(true);
    expect(ending.states[0].destinationStats).toEqual({ recordCount: 1 });
    expect(ending.states[99_999].destinationStats).toEqual({ recordCount: 0 });
  });

  test('4: a descriptor is not cleaned', async () => {
    const descriptor = '{"namespace":"","name":"users","extra":1}';
    const line = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${descriptor}}}}`;
    expect((await runWrite([line])).lines[0]).toContain(descriptor);
  });

  test('5: a GLOBAL state is a barrier over all streams, whatever descriptors it holds', async () => {
    const global = globalState(9, {
      global: { stream_states: [{ stream_descriptor: { name: 'prefix_b' }, stream_state: {} }] },
    });
    const toy = new ToyDestination({
      answer: (row) => (row['late'] ? { status: 'deferred', code: 'quota_exhausted', message: 'later' } : undefined),
    });
    const ending = await runWrite(
      [...rows(2, 'a'), record('b', { key: 3, late: true }), streamState('a', 1), global, streamState('a', 2)],
      { toy, catalog: catalogOf('a', 'b') },
    );
    expect(idsOf(ending)).toEqual([1]);
    expect(ending.error).toBeInstanceOf(TransientFailure);
  });

  test('6: a state without a type, or of type LEGACY, is a barrier over everything', async () => {
    const stray = { type: 'LEGACY', stream: { stream_descriptor: { name: 'a' } } };
    const legacy = ['{"type":"STATE","state":{"data":{"c":1},"id":1}}', globalState(2, stray)];
    const ending = await runWrite([...rows(2, 'a'), ...rows(1, 'b'), ...legacy], { catalog: catalogOf('a', 'b') });
    expect(statsOf(ending)).toEqual([{ recordCount: 3 }, { recordCount: 0 }]);
  });

  test('7: `global_`, as PyAirbyte writes it, stays `global_`', async () => {
    const line =
      '{"type":"STATE","state":{"type":"GLOBAL","stream":null,"global_":{"shared_state":{"lsn":9},"stream_states":[]},"data":null,"id":8}}';
    const [out] = (await runWrite([line])).lines;
    expect(out).toBe(line.replace(',"id":8', ',"id":8,"destinationStats":{"recordCount":0}'));
  });

  test('8: recordCount counts since the last state of the scope, without rejected rows, which are counted beside it', async () => {
    const ending = await runWrite([
      ...rows(9),
      streamState('users', 1),
      record('users', { key: 'x', invalid: true }),
      ...rows(2, 'users', 9),
      streamState('users', 2),
    ]);
    expect(statsOf(ending)).toEqual([{ recordCount: 9 }, { recordCount: 2, rejectedRecordCount: 1 }]);
  });

  test('9: both counts are JSON numbers', async () => {
    const { lines } = await runWrite([record('users', { key: 1 }), streamState('users', 1)]);
    expect(lines[0]).toMatch(/"destinationStats":\{"recordCount":1\}\}\}$/);
  });

  test('10: a GLOBAL state counts the rows of all streams', async () => {
    const lines = [...rows(2, 'a'), ...rows(3, 'b'), globalState(1), ...rows(1, 'b', 9), globalState(2)];
    expect(statsOf(await runWrite(lines, { catalog: catalogOf('a', 'b') }))).toEqual([
      { recordCount: 5 },
      { recordCount: 1 },
    ]);
  });

  test('10: GLOBAL and STREAM states in one sync are counted each for itself', async () => {
    const lines = [...rows(2, 'a'), streamState('a', 1), ...rows(1, 'a', 5), globalState(2), streamState('a', 3)];
    expect(statsOf(await runWrite(lines, { catalog: catalogOf('a') }))).toEqual([
      { recordCount: 2 },
      { recordCount: 3 },
      { recordCount: 1 },
    ]);
  });

  test('13: a state without records before it comes back with a count of 0', async () => {
    const ending = await runWrite([streamState('users', 1), streamState('unlisted', 2), globalState(3)]);
    expect(statsOf(ending)).toEqual([{ recordCount: 0 }, { recordCount: 0 }, { recordCount: 0 }]);
  });

  test.each([
    ['a stream that the catalog does not name', { name: 'unlisted' }],
    ['a stream in another case', { name: 'A' }],
    ['a stream of another namespace', { name: 'b', namespace: 'other' }],
    ['one of two streams of its name', { name: 'b' }],
    ['no stream', null],
  ])('a state of %s waits for all rows before it, and no state passes it', async (_, stream_descriptor) => {
    const toy = new ToyDestination({
      answer: (row) => (row['late'] ? { status: 'deferred', code: 'quota_exhausted', message: 'later' } : undefined),
    });
    const names = [{ name: 'a' }, { name: 'b', namespace: 'x' }, { name: 'b', namespace: 'y' }];
    const catalog = { streams: names.map((stream) => ({ stream, destination_sync_mode: 'append' })) };
    const stray = (id: number) => streamState('', id, { stream: { stream_descriptor, stream_state: {} } });
    const late = record('b', { key: 3, late: true }, { namespace: 'y' });
    const lines = [...rows(2, 'a'), stray(1), late, stray(2), ...rows(1, 'a', 9), streamState('a', 3)];
    const ending = await runWrite(lines, { toy, catalog });
    expect([idsOf(ending), statsOf(ending)]).toEqual([[1], [{ recordCount: 2 }]]);
  });

  test('states of other streams, before and after, wait for their own rows only', async () => {
    const toy = new ToyDestination({
      answer: (_, stream) =>
        stream === 'a' ? { status: 'deferred', code: 'quota_exhausted', message: 'later' } : undefined,
    });
    const lines = [streamState('b', 0), ...rows(2, 'a'), streamState('a', 1), ...rows(2, 'b'), streamState('b', 2)];
    expect(idsOf(await runWrite(lines, { toy, catalog: catalogOf('a', 'b') }))).toEqual([0, 2]);
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

describe('2.10 lines', () => {
  const value = 'a\u2028b\u2029c\r\n"é漢🙂';

  test('lines end at 0x0A and nowhere else, wherever the chunks are cut', async () => {
    const text = Buffer.from(
      `${JSON.stringify({ type: 'RECORD', record: { stream: 'users', data: { key: value } } })}\n`,
    );
    for (let cut = 0; cut <= text.length; cut++) {
      const { toy, error } = await runWrite(bytes(text, cut));
      expect([cut, error, keysOf(toy)]).toEqual([cut, undefined, [value]]);
    }
  });

  test('\\r\\n, blank lines and a last line without a line break are fine', async () => {
    const text = `\r\n${record('users', { key: 1 })}\r\n\n  \n${record('users', { key: 2 })}`;
    const { toy, error } = await runWrite(bytes(text));
    expect([error, keysOf(toy)]).toEqual([undefined, [1, 2]]);
  });

  test('a byte order mark before the first line is no part of it', async () => {
    const row = record('users', { key: 9_999_999_999_999_998 });
    const { toy, error } = await runWrite(bytes(`\uFEFF${row}\n${record('users', { key: 2 })}\n`));
    expect([error, keysOf(toy)]).toEqual([undefined, ['9999999999999998', 2]]);
    expect(idsOf(await runWrite(bytes(`\uFEFF${streamState('users', 1)}\n`)))).toEqual([1]);
  });

  test('a line of 20 MB is a line', async () => {
    const big = 'x'.repeat(20_000_000);
    const cuts = Array.from({ length: 305 }, (_, i) => (i + 1) * 65_536);
    const { toy, error } = await runWrite(bytes(`${record('users', { key: 1, big })}\n`, ...cuts));
    expect(error).toBeUndefined();
    expect(String(toy.written[0]!.row['big'])).toHaveLength(20_000_000);
  });

  test('a line that is too long fails the run, naming its number and length', async () => {
    const lines = [record('users', { key: 1 }), record('users', { key: 'y'.repeat(5000) })];
    const ending = await runWrite(lines, { limits: { maxLineBytes: 4000 } });
    expect(String(ending.error)).toMatch(/^BrokenInput: Line 2 of the standard input has \d+ bytes/);
    expect(ending.toy.written).toHaveLength(1);
  });

  test('many lines may be longer together', async () => {
    const lines = Array.from({ length: 30 }, (_, key) => record('users', { key, text: 'z'.repeat(900) }));
    const cuts = lines.map((_, i) => i * 1000 + 500);
    const stdin = bytes(lines.map((line) => `${line}\n`).join(''), ...cuts);
    const { error, toy } = await runWrite(stdin, { limits: { maxLineBytes: 1500 } });
    expect([error, toy.written.length]).toEqual([undefined, 30]);
  });

  test('half a line at the end means that the source was cut; what came before is kept', async () => {
    const ending = await runWrite(bytes(`${record('users', { key: 1 })}\n${streamState('users', 1)}\n{"type":"RECO`));
    expect(idsOf(ending)).toEqual([1]);
    expect(ending.error).toMatchObject({ code: 'source_unreadable', kind: 'transient' });
    expect(String(ending.error)).toMatch(/ends inside a message, in line 3 \(13 characters/);
  });

  test.each([
    ['{"type":"RECORD","record":', 'is not JSON'],
    ['secret@example.com is not JSON', 'is not JSON'],
    ['null', 'has no type'],
    ['["RECORD"]', 'has no type'],
    ['{"record":{}}', 'has no type'],
    ['{"type":"RECORD","record":null}', 'RECORD without a stream or without data'],
    ['{"type":"RECORD","record":{"stream":"users","data":[]}}', 'RECORD without a stream or without data'],
    ['{"type":"STATE","state":null}', 'STATE without a state'],
  ])('a line in which a record may have been lost fails the run without showing it: %s', async (line, what) => {
    const ending = await runWrite([record('users', { key: 1 }), streamState('users', 1), line, globalState(2)]);
    expect([idsOf(ending), ending.toy.written.length]).toEqual([[1], 1]);
    expect(String(ending.error)).toMatch(/^BrokenInput: Line 3 of the standard input /);
    expect(String(ending.error)).toContain(what);
    expect(String(ending.error)).not.toContain('secret@');
  });

  test('what is not UTF-8 fails the run, naming the line', async () => {
    const before = Buffer.from(`${record('users', { key: 1 })}\n`);
    const bad = Buffer.concat([
      Buffer.from('{"type":"RECORD","record":{"stream":"users","data":{"key":"'),
      Buffer.of(0xc3, 0x28),
      Buffer.from('"}}}\n'),
    ]);
    const ending = await runWrite(bytes(Buffer.concat([before, bad])));
    expect(String(ending.error)).toMatch(/Line 2 of the standard input is not UTF-8 text \(\d+ bytes\)/);
    expect(ending.toy.written).toHaveLength(1);
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

describe('4.1 values', () => {
  test('integers beyond 2^53 arrive as the digits they had', async () => {
    const line = (data: string) => `{"type":"RECORD","record":{"stream":"users","data":${data}}}`;
    const data =
      '{"key":9999999999999999,"a":-12345678901234567890,"b":[1, 12345678901234567890],"c":"x,1234567890123456789,","d":0.30000000000000004,"e":9007199254740991,"f":"\\\\\\":12345678901234567"}';
    const { toy } = await runWrite([line(data)]);
    expect(toy.written[0]!.row).toEqual({
      key: '9999999999999999',
      a: '-12345678901234567890',
      b: [1, '12345678901234567890'],
      c: 'x,1234567890123456789,',
      d: 0.30000000000000004,
      e: 9007199254740991,
      f: '\\":12345678901234567',
    });
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
