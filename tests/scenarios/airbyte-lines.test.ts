import { describe, expect, test } from 'vitest';
import { bytes, globalState, idsOf, record, runWrite, streamState } from '../support/airbyte.ts';
import { keysOf } from '../support/airbyte-rows.ts';

// One test a fact, by its number in the reference on Airbyte's protocol.

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

  test('half a line may end inside a character', async () => {
    const half = Buffer.from('{"type":"RECORD","record":{"stream":"users","data":{"key":"é').subarray(0, -1);
    const ending = await runWrite(bytes(Buffer.concat([Buffer.from(`${record('users', { key: 1 })}\n`), half])));
    expect(ending.error).toMatchObject({ code: 'source_unreadable', kind: 'transient' });
    expect(String(ending.error)).toMatch(/ends inside a message, in line 2 \(\d+ characters/);
    expect(ending.toy.written).toHaveLength(1);
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
