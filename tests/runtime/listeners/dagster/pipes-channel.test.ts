import { readFileSync, writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, lastPart } from '../../../../runtime/listeners/dagster/asset-keys.ts';
import { sinkFor, takenStream } from '../../../../runtime/listeners/dagster/pipes-channel.ts';
import { MAX_BYTES, pipesMessage } from '../../../../runtime/listeners/dagster/pipes-message.ts';
import { pipesParameters } from '../../../../runtime/listeners/dagster/pipes-parameters.ts';
import { temporaryFolder } from '../folder.ts';

const encoded = (value: unknown): string => deflateSync(JSON.stringify(value)).toString('base64');
const context = { asset_keys: ['a/people'], extras: { asset_checks: ['no_rejects'] } };

describe('how Dagster started the process', () => {
  it('stands in two variables', () => {
    const DAGSTER_PIPES_MESSAGES = encoded({ stdio: 'stderr' });
    expect(pipesParameters({ DAGSTER_PIPES_CONTEXT: encoded({ data: context }), DAGSTER_PIPES_MESSAGES })).toEqual({
      context,
      channel: { stdio: 'stderr' },
    });
  });

  it('may stand in a file', () => {
    const path = `${temporaryFolder()}/context`;
    writeFileSync(path, JSON.stringify(context));
    const DAGSTER_PIPES_MESSAGES = encoded({ path: 'messages', include_stdio_in_messages: false });
    expect(pipesParameters({ DAGSTER_PIPES_CONTEXT: encoded({ path }), DAGSTER_PIPES_MESSAGES })).toEqual({
      context,
      channel: { path: 'messages' },
    });
  });

  it('is as Python writes it', () => {
    // base64.b64encode(zlib.compress(json.dumps({"data": {"asset_keys": None}}).encode())), Python 3.11
    const DAGSTER_PIPES_CONTEXT = 'eJyrVkpJLElUslKoVkosLk4tic9OrSwGcvNKc3JqawGe8wq9';
    const DAGSTER_PIPES_MESSAGES = encoded({ buffered_stdio: 'stdout' });
    expect(pipesParameters({ DAGSTER_PIPES_CONTEXT, DAGSTER_PIPES_MESSAGES })).toEqual({
      context: { asset_keys: null },
      channel: { buffered_stdio: 'stdout' },
    });
  });

  it('is nothing where Dagster has not started it', () => {
    expect(pipesParameters({ DAGSTER_PIPES_MESSAGES: encoded({ path: 'x' }) })).toBeUndefined();
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ DAGSTER_PIPES_CONTEXT: encoded({ data: context }) }, /DAGSTER_PIPES_MESSAGES is not/],
    [{ DAGSTER_PIPES_CONTEXT: 'no base64', DAGSTER_PIPES_MESSAGES: encoded({}) }, /DAGSTER_PIPES_CONTEXT is not what/],
    [{ DAGSTER_PIPES_CONTEXT: encoded({ bucket: 'x' }), DAGSTER_PIPES_MESSAGES: encoded({}) }, /but bucket/],
    [
      { DAGSTER_PIPES_CONTEXT: encoded({ data: context }), DAGSTER_PIPES_MESSAGES: encoded({ bucket: 'x' }) },
      /names no file.*bucket/,
    ],
  ])('is an error where it is not understood: %j', (environment, message) =>
    expect(() => pipesParameters(environment)).toThrow(message),
  );
});

describe('a message', () => {
  it('is one line of JSON', () => {
    expect(pipesMessage('log', { message: 'two\nlines', level: 'INFO' })).toBe(
      '{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"two\\nlines","level":"INFO"}}',
    );
  });

  it('writes a whole number that is a float as one, and leaves texts alone', () => {
    const metadata = {
      percent: { raw_value: 100, type: 'float' },
      at: { raw_value: 1_795_291_150, type: 'timestamp' },
      half: { raw_value: 0.5, type: 'float' },
      count: { raw_value: 100, type: 'int' },
      text: { raw_value: '"raw_value":100,"type":"float"', type: 'text' },
    } as const;
    const line = pipesMessage('report_asset_materialization', { asset_key: 'a', data_version: null, metadata });
    expect(line.match(/"raw_value":[\d.]+/g)).toEqual(
      ['100.0', '1795291150.0', '0.5', '100'].map((value) => `"raw_value":${value}`),
    );
    expect(JSON.parse(line).params.metadata).toEqual(metadata);
  });

  it('is never too long, whatever it says, and keeps what is short', () => {
    const long = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 40_000, size: 'max' });
    fc.assert(
      fc.property(long, long, (message, text) => {
        const metadata = { text: { raw_value: text, type: 'text' }, count: { raw_value: 7, type: 'int' } } as const;
        const lines = [
          pipesMessage('closed', { exception: { message, name: 'RunFailed', stack: [], cause: null, context: null } }),
          pipesMessage('report_asset_materialization', { asset_key: 'a/people', data_version: null, metadata }),
        ];
        for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_BYTES);
        expect(JSON.parse(lines[0]!).params.exception.name).toBe('RunFailed');
        expect(JSON.parse(lines[1]!).params.metadata.count).toEqual({ raw_value: 7, type: 'int' });
      }),
      { numRuns: 30 },
    );
  });
});

describe('which asset shows which streams', () => {
  it.each<[readonly string[], readonly string[], Record<string, readonly string[]>, readonly string[]]>([
    [['firms', 'people'], ['crm/people', 'crm/firms'], { 'crm/firms': ['firms'], 'crm/people': ['people'] }, []],
    [['firms', 'people'], ['everything'], { everything: ['firms', 'people'] }, []],
    [['firms', 'people'], ['people', 'others'], { people: ['people'] }, ['firms']],
    [['people'], ['crm/people', 'mart/people'], { 'crm/people': ['people'] }, []],
    [['people'], [], {}, ['people']],
  ])('%j and %j', (streams, keys, assets, unassigned) => {
    const found = assign(streams, keys);
    expect([Object.fromEntries(found.assets), found.unassigned]).toEqual([assets, unassigned]);
  });

  it.each([
    ['people', 'people'],
    ['a/b/people', 'people'],
    ['a/b\\/c', 'b/c'],
    ['a/back\\\\slash', 'back\\slash'],
    ['a/', ''],
  ])('the last part of %s is %s', (key, part) => expect(lastPart(key)).toBe(part));
});

describe('a channel', () => {
  const writers = (lines: string[]) => ({
    stdout: async (line: string) => void lines.push(`stdout ${line}`),
    stderr: async (line: string) => void lines.push(`stderr ${line}`),
    mask: (text: string) => text.replaceAll('s3cret', '****'),
  });

  it('appends lines to a file, without secrets', async () => {
    const path = `${temporaryFolder()}/messages`;
    writeFileSync(path, 'before\n');
    const sink = sinkFor({ path }, writers([]));
    await sink.send('{"a":"s3cret"}');
    expect(readFileSync(path, 'utf8')).toBe('before\n{"a":"****"}\n');
    await sink.close();
  });

  it('writes to a stream at once, or all at the end', async () => {
    const lines: string[] = [];
    const [now, later] = [{ stdio: 'stderr' } as const, { buffered_stdio: 'stdout' } as const];
    await sinkFor(now, writers(lines)).send('one');
    const buffered = sinkFor(later, writers(lines));
    await buffered.send('two');
    expect(lines).toEqual(['stderr one']);
    await buffered.close();
    expect(lines).toEqual(['stderr one', 'stdout two']);
    expect([now, later, { path: 'x' }].map(takenStream)).toEqual(['stderr', 'stdout', undefined]);
  });
});
