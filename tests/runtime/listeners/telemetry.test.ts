import { createRequire } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import { telemetryApi } from '../../../runtime/listeners/telemetry.ts';

// Under which an SDK registers itself, with the version of the API that it brings (@opentelemetry/api, global-utils.ts).
const registry = Symbol.for('opentelemetry.js.api.1');
const world = globalThis as unknown as Record<symbol, unknown>;
const before = world[registry];
afterEach(() => {
  world[registry] = before;
});

test.each(['1.3.0', '1.9.0', '1.9.1'])('an SDK that brings API %s gets our meters', (version) => {
  const meter = { createCounter: () => undefined };
  world[registry] = { version, metrics: { getMeter: () => meter } };
  expect(telemetryApi().metrics.getMeter('sync')).toBe(meter);
});

test('the API is one that released SDKs accept as their peer', () => {
  const { version } = createRequire(import.meta.url)('@opentelemetry/api/package.json') as { version: string };
  expect(version).toBe('1.3.0');
});
