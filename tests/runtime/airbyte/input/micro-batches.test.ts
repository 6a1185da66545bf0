import { expect, test } from 'vitest';
import {
  defaultMicroBatchLimits,
  type MicroBatch,
  microBatchesOf,
} from '../../../../runtime/airbyte/input/micro-batches.ts';
import { globalState, record, streamState } from '../../../support/airbyte.ts';
import { ManualClock, settleDown } from '../../../support/manual-clock.ts';

const second = 1000;
const minute = 60 * second;

/** A standard input that a test fills as it goes. */
class Pipe implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  asked = 0;

  write(...lines: readonly string[]): Promise<void> {
    this.#chunks.push(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    this.#wake?.();
    return settleDown();
  }

  end(): Promise<void> {
    this.#ended = true;
    this.#wake?.();
    return settleDown();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.asked++;
      while (this.#chunks.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
      const chunk = this.#chunks.shift();
      if (chunk === undefined) return;
      yield chunk;
    }
  }
}

function open(more: Partial<typeof defaultMicroBatchLimits> = {}) {
  const pipe = new Pipe();
  const clock = new ManualClock();
  const run = new AbortController();
  const limits = { ...defaultMicroBatchLimits, ...more };
  const microBatches = microBatchesOf(pipe, {
    streams: [{ name: 'a' }, { name: 'b' }],
    limits,
    clock,
    signal: run.signal,
  });
  const got: string[] = [];
  const read = async (): Promise<void> => {
    for await (const microBatch of microBatches) got.push(inWords(microBatch));
    got.push('end');
  };
  return { pipe, clock, run, got, done: read() };
}

const inWords = ({ rows, states }: MicroBatch): string =>
  [...rows.map((each) => each.length), ...states.map(({ after, stream }) => `${stream ?? 'all'}@${after}`)].join(' ');

const row = record('a', { key: 1 });

test('a micro-batch is full by rows, in the middle of a chunk too', async () => {
  const { pipe, got, done } = open({ maxRows: 3 });
  await pipe.write(row, row, row, row, record('b', {}), streamState('b', 1), row, row);
  await pipe.end();
  await done;
  expect(got).toEqual(['3 0', '2 1 1@4,1', '1 0', 'end']);
});

test('a micro-batch is full by characters, so wide rows do not fill the memory', async () => {
  const { pipe, got, done } = open({ maxCharacters: 1500 });
  const wide = record('a', { text: 'x'.repeat(1000) });
  await pipe.write(wide, wide, wide, wide, wide);
  await pipe.end();
  await done;
  expect(got).toEqual(['2 0', '2 0', '1 0', 'end']);
});

test('rows of a source that pauses are handed out after a minute', async () => {
  const { pipe, clock, got } = open();
  await pipe.write(row);
  await clock.advance(59 * second);
  await pipe.write(row);
  await clock.advance(59 * second);
  expect(got).toEqual([]);
  await clock.advance(2 * second);
  expect(got).toEqual(['2 0']);
});

test('rows of a slow source that never pauses are handed out after ten minutes', async () => {
  const { pipe, clock, got } = open();
  for (let i = 0; i < 25; i++) {
    await pipe.write(row);
    await clock.advance(30 * second);
  }
  expect(got).toEqual(['20 0']);
});

test('ten minutes without a row cost nothing and hand out nothing', async () => {
  const { pipe, clock, got } = open();
  await clock.advance(10 * minute);
  await pipe.write(row);
  await clock.advance(30 * second);
  expect(got).toEqual([]);
});

test('a state that comes without rows does not wait for any', async () => {
  const { pipe, got } = open();
  await pipe.write(globalState(1));
  expect(got).toEqual(['0 0 all@0,0']);
});

test('nor does one that comes behind a full micro-batch, whatever follows in the same chunk', async () => {
  const { pipe, got } = open({ maxRows: 2 });
  await pipe.write(row, row, streamState('a', 1), streamState('a', 2), row);
  expect(got).toEqual(['2 0', '0 0 0@2,0 0@2,0']);
});

test('a state of a stream that is not in the catalog waits for all rows before it', async () => {
  const { pipe, got, done } = open();
  await pipe.write(row, streamState('other', 1));
  await pipe.end();
  await done;
  expect(got).toEqual(['1 0 all@1,0', 'end']);
});

test('nothing is read while no one asks', async () => {
  const pipe = new Pipe();
  await pipe.write(row);
  await pipe.write(row);
  const { signal } = new AbortController();
  const limits = { ...defaultMicroBatchLimits, maxRows: 1 };
  const microBatches = microBatchesOf(pipe, { streams: [{ name: 'a' }], limits, clock: new ManualClock(), signal });
  await microBatches.next();
  await settleDown();
  expect(pipe.asked).toBe(1);
});

test('a signal ends the reading though nothing arrives, and what waited is not handed out', async () => {
  const { pipe, run, got, done } = open();
  await pipe.write(row);
  run.abort();
  await done;
  expect(got).toEqual(['end']);
});
