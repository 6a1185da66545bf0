import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'vitest';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { type Check, checkFromEnvironment } from '../contract/openapi.ts';

/** The key that an emulator takes when nothing else is said. */
export const API_KEY = 'emulator-key';

/** Departures from the document that a test expects: `PUT contacts/{id}` of an Apollo that knows no PATCH. */
export interface WatchOptions {
  readonly expected?: (departure: string) => boolean;
}

interface Watched {
  readonly emulator: Emulator;
  readonly departures: string[];
  stop(): Promise<void>;
}

const running: Watched[] = [];
const fromEnvironment = checkFromEnvironment();

/** Ends a test's emulators. A request that Apollo does not document fails the test that made it, whatever else the test looks at. */
export async function closeEmulators(): Promise<void> {
  const ended = running.splice(0);
  for (const { stop } of ended) await stop();
  for (const { emulator, departures } of ended) {
    expect({ violations: emulator.violations, departures }).toEqual({ violations: [], departures: [] });
  }
}

/**
 * Starts an emulator without rate limits that the test's end closes. Every request to it is compared with Apollo's OpenAPI
 * document where APOLLO_OPENAPI names that, and strict mode must have had nothing to refuse.
 */
export async function startApollo(options: EmulatorOptions = {}, watch: WatchOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ plan: 'unlimited', keepBodies: true, ...options });
  const departures: string[] = [];
  const unwatch = fromEnvironment === undefined ? () => {} : compare(emulator, fromEnvironment, watch, departures);
  running.push({
    emulator,
    departures,
    stop: async () => {
      unwatch();
      await emulator.close();
    },
  });
  return emulator;
}

/** Compares each request to one emulator, and collects what departs; returns how to end that. */
export function compare(emulator: Emulator, check: Check, watch: WatchOptions, departures: string[]): () => void {
  const { pathname } = new URL(emulator.url);
  // What a request of undici publishes (nodejs.org/api/diagnostics_channel.html; undici, docs/api/DiagnosticsChannel.md).
  const onRequest = (message: unknown): void => {
    const { request } = message as { request: { origin: unknown; method: string; path: string; body: Buffer | null } };
    if (String(request.origin) !== emulator.origin || !request.path.startsWith(`${pathname}/`)) return;
    const target = request.path.slice(pathname.length + 1);
    const found = check({ method: request.method, target, body: request.body?.toString('utf8') ?? '' });
    departures.push(...found.filter((departure) => watch.expected?.(departure) !== true));
  };
  subscribe('undici:request:create', onRequest);
  return () => void unsubscribe('undici:request:create', onRequest);
}
