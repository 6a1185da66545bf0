import { PassThrough, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../../runtime/config/secrets.ts';
import { Output } from '../../../runtime/text/output.ts';

const secrets = () => new Secrets(['canary"key']);

function open(stdout: Writable = new PassThrough(), stderr: Writable = new PassThrough()) {
  return { output: new Output({ stdout, stderr, secrets: secrets() }), stdout, stderr };
}

const textOf = (stream: Writable): string => String((stream as PassThrough).read() ?? '');

describe('output', () => {
  it('is one JSON object a line on stdout, without secrets', async () => {
    const { output, stdout, stderr } = open();
    await output.json({
      type: 'LOG',
      log: { message: 'got canary"key\nthere', body: JSON.stringify({ k: 'canary"key' }) },
    });
    await output.json({ type: 'SPEC' });
    const lines = textOf(stdout).split('\n');
    expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toEqual([
      { type: 'LOG', log: { message: 'got ****\nthere', body: '{"k":"****"}' } },
      { type: 'SPEC' },
    ]);
    expect([lines.at(-1), textOf(stderr)]).toEqual(['', '']);
  });

  it('passes a STATE message on as it is', async () => {
    const { output, stdout } = open();
    const line = JSON.stringify({ type: 'STATE', state: { id: 7, cursor: 'canary"key' } });
    await output.json({ type: 'STATE', line });
    expect(textOf(stdout)).toBe(`${line}\n`);
  });

  it('masks text on both streams, and ends it with one line break', async () => {
    const { output, stdout, stderr } = open();
    await output.text('key canary"key');
    await output.error('two\nlines canary"key\n');
    expect([textOf(stdout), textOf(stderr)]).toEqual(['key ****\n', 'two\nlines ****\n']);
  });

  it('waits for a slow reader, and all writers go on when it catches up', async () => {
    const waiting: (() => void)[] = [];
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void waiting.push(done) });
    const { output } = open(slow);
    let done = 0;
    const writes = Array.from({ length: 20 }, () => output.text('line').then(() => done++));
    await setImmediate();
    expect([done, slow.listenerCount('drain')]).toEqual([0, 1]);
    while (waiting.length > 0) {
      waiting.shift()?.();
      await setImmediate();
    }
    await Promise.all(writes);
    expect([done, slow.listenerCount('drain')]).toEqual([20, 0]);
  });

  it('drops what no one can read any more, says so once, and does not hang', async () => {
    const broken = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
    });
    const { output, stderr } = open(broken);
    expect(output.closed.aborted).toBe(false);
    await Promise.all([output.text('a'), output.text('b')]);
    await output.json({ type: 'LOG' });
    await output.flush();
    expect([output.closed.aborted, (output.closed.reason as { code: string }).code]).toEqual([true, 'EPIPE']);
    await output.error('still here');
    expect(textOf(stderr)).toBe('still here\n');
  });

  it('has left the program once it is flushed', async () => {
    const chunks: string[] = [];
    const slow = new Writable({
      write: async (chunk, _encoding, done) => {
        await setImmediate();
        chunks.push(String(chunk));
        done();
      },
    });
    const { output } = open(slow);
    await output.text('one');
    await output.text('two');
    await output.flush();
    expect(chunks.join('')).toBe('one\ntwo\n');
  });
});
