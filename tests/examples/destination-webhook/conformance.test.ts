import { conformance } from 'destination-apollo/testing';
import { describe, test } from 'vitest';
import { webhook } from '../../../examples/destination-webhook/destination.ts';
import { startListener } from './listener.ts';

describe('destination-webhook', () => {
  for (const { name, run } of conformance({ destination: webhook, start: startListener })) test(name, run);
});
