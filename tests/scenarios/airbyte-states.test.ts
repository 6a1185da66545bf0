import { describe, expect, test } from 'vitest';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import { catalogOf, globalState, idsOf, record, runWrite, streamState } from '../support/airbyte.ts';
import { rows, statsOf } from '../support/airbyte-rows.ts';
import { slow } from '../support/runs.ts';
import { ToyDestination } from '../support/toy-destination.ts';

// One test a fact, by its number in the reference on Airbyte's protocol.

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
