import { startEmulator } from 'destination-apollo/emulator';
import { conformance, type Place } from 'destination-apollo/testing';
import { describe, expect, test } from 'vitest';
import { apollo } from '../../../connector/apollo.ts';
import { ToyDestination } from '../../support/toy-destination.ts';

async function startApollo(): Promise<Place> {
  const emulator = await startEmulator({ plan: 'unlimited' });
  return {
    config: (stream, shared) => ({
      credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
      api_base_url: emulator.url,
      streams: [{ ...stream, object: 'contacts' }],
      rate_limits: { plan: 'organization' },
      ...shared,
    }),
    row: (number) => ({ email: `p${number}@c${number}.example`, title: `Title ${number}` }),
    changed: (row) => ({ ...row, title: 'Another title' }),
    unfit: (row, secret) => ({ ...row, email: `${secret} at home` }),
    held: () => emulator.store.contacts.size,
    fail: () => emulator.addTrouble([{ match: { method: 'POST' }, fault: { kind: 'status', status: 503 } }]),
    recover: () => emulator.clearTrouble(),
    close: () => emulator.close(),
  };
}

describe('destination-apollo', () => {
  for (const { name, run } of conformance({ destination: apollo, start: startApollo })) test(name, run);
});

test('a destination that loses rows does not conform', async () => {
  const answer = () => undefined;
  const place: Place = {
    config: (stream, shared) => ({
      streams: [{ ...stream, object: 'x', mode: 'upsert' }],
      ...shared,
      rejects: { ...shared.rejects, fail_above_percent: 100 },
    }),
    row: (number) => ({ key: `k${number}` }),
    changed: (row) => ({ ...row, other: 1 }),
    held: () => 0,
    fail: () => {},
    recover: () => {},
    close: async () => {},
  };
  const checks = conformance({ destination: new ToyDestination({ answer }), start: async () => place });
  const outcome = checks.find(({ name }) => name.startsWith('every row that is read'))!;
  await expect(outcome.run()).rejects.toThrow();
});
