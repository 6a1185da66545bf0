import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Leave, SharedQuota } from '../../../runtime/contract/rate-limit-window.ts';
import { createHttp } from '../../../runtime/http/http.ts';
import { Transport } from '../../../runtime/http/transport.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const kind = { display: 'POST things', action: 'things' };
const windows = [{ name: 'minute', periodMs: 60_000, limit: 200 }];

/** A transport with one connection to a server that answers when it is told to, and what has reached that. */
async function talking() {
  const clock = new ManualClock();
  const arrived: string[] = [];
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url!);
    held.push(() => void response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = createHttp({ userAgent: 'test/1', connections: 1 });
  onTestFinished(async () => {
    server.closeAllConnections();
    await http.close();
    server.close();
  });
  const throttle = { windowsOf: () => windows, reservePercent: 0, maxWaitMs: 60_000 };
  const transport = new Transport({ http, clock, concurrency: 2, secret: 'secret', throttle });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (path: string, signal: AbortSignal, before?: () => Promise<void>) =>
    transport.send(
      { kind, request: { method: 'POST', url: `${url}${path}`, headers: {} }, attempt: 1, isRetry: true, before },
      signal,
    );
  const answerOne = async (): Promise<void> => {
    while (held.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    held.shift()!();
  };
  return { transport, send, arrived, answerOne };
}

/** Leaves that become old all at once, and what became of them. */
class Leaves implements SharedQuota {
  readonly ended: string[] = [];
  #made = 0;
  #oldUpTo = 0;

  take(): Promise<Leave> {
    const own = ++this.#made;
    return Promise.resolve({
      isStale: () => own <= this.#oldUpTo,
      answered: () => void this.ended.push(`${own} answered`),
      refused: () => void this.ended.push(`${own} refused`),
      unsent: () => void this.ended.push(`${own} unsent`),
    });
  }

  age(): void {
    this.#oldUpTo = this.#made;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test('a request whose leave has become old while it waited for a connection asks for leave again', async () => {
  const { transport, send, arrived, answerOne } = await talking();
  const leaves = new Leaves();
  transport.share(leaves);
  const { signal } = new AbortController();
  const announced: string[] = [];
  const first = send('/first', signal);
  while (arrived.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  // The connection is taken: as this one has been announced, it waits for that and for nothing else.
  const second = send('/second', signal, async () => void announced.push('second'));
  while (announced.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  leaves.age();
  await answerOne();
  await first;
  await answerOne();
  await second;
  expect(leaves.ended).toEqual(['1 answered', '2 unsent', '3 answered']);
  expect(arrived).toEqual(['/first', '/second']);
  expect(announced).toEqual(['second', 'second']);
  expect(transport.counters()).toMatchObject({ calls: { 'POST things': 2 }, retries: 2 });
});

test('nothing is sent after a stop, not even what waits for its connection', async () => {
  const { send, arrived, answerOne } = await talking();
  const stop = new AbortController();
  const announced: string[] = [];
  const first = send('/first', stop.signal);
  while (arrived.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  const second = send('/second', stop.signal, async () => void announced.push('second'));
  while (announced.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  stop.abort();
  await answerOne();
  await first;
  await expect(second).rejects.toMatchObject({ code: 'run_stopped', delivery: 'not-delivered' });
  expect(arrived).toEqual(['/first']);
});
