import { onTestFinished } from 'vitest';
import { ManualClock } from '../../emulator/calls/clock.ts';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';

/** An answer off the wire: whatever JSON it holds, not checked. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

/** A started emulator on a clock that stands still, and a client for it. */
export interface Bench {
  readonly emulator: Emulator;
  readonly clock: ManualClock;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
}

/** Starts an emulator that the test's end closes. */
export async function bench(options: EmulatorOptions = {}): Promise<Bench> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ clock, ...options });
  onTestFinished(() => emulator.close());
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(path.startsWith('/') ? `${emulator.origin}${path}` : `${emulator.url}/${path}`, method, body, {
      'x-api-key': 'emulator-key',
      ...headers,
    });
  return {
    emulator,
    clock,
    send,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body ?? {}),
    patch: (path, body) => send('PATCH', path, body ?? {}),
  };
}

/** One request with exactly these headers. */
export async function request(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...sent });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Contacts that no rule takes for one another. */
export function people(
  count: number,
  domain = 'acme.example',
): { first_name: string; last_name: string; email: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    first_name: `First${i}`,
    last_name: `Last${i}`,
    email: `person${i}@${domain}`,
  }));
}

/** The values of one key, sorted: bulk answers have no order. */
export function sorted(records: readonly Record<string, unknown>[], key: string): unknown[] {
  return records.map((record) => record[key]).sort();
}
