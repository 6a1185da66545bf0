import { expect, it } from 'vitest';
import { Secrets } from '../../../runtime/config/secrets.ts';
import type { Listener, ListenerEvent } from '../../../runtime/listeners/listener.ts';
import { Listeners } from '../../../runtime/listeners/listeners.ts';
import { ManualClock, settleDown } from '../../support/manual-clock.ts';
import { finished, started } from './listener-events.ts';

function witness(): { listener: Listener; seen: string[] } {
  const seen: string[] = [];
  const on = (event: ListenerEvent) => void seen.push(event.type === 'warning' ? event.message : event.type);
  return { listener: { name: 'witness', on, close: async () => void seen.push('closed') }, seen };
}

const broken: Listener = {
  name: 'broken',
  on: () => {
    throw new Error('disk full');
  },
  close: () => Promise.reject(new Error('again')),
};

it('what a listener throws goes to the others once, as a warning, and they get every event', async () => {
  const { listener, seen } = witness();
  const listeners = new Listeners([broken, listener], new ManualClock(), new Secrets());
  await listeners.tell(started());
  await listeners.tell(finished());
  await listeners.close();
  expect(seen).toEqual(['broken: disk full', 'started', 'finished', 'closed']);
});

it('listeners get the time every second, for as long as the work lasts', async () => {
  const clock = new ManualClock();
  const { listener, seen } = witness();
  const listeners = new Listeners([listener], clock, new Secrets());
  let end: () => void = () => undefined;
  const work = listeners.whileTicking(() => new Promise<void>((resolve) => (end = resolve)));
  await settleDown();
  await clock.advance(1000);
  await clock.advance(1000);
  expect(seen).toEqual(['tick', 'tick']);
  end();
  await work;
  await clock.advance(5000);
  expect(seen).toEqual(['tick', 'tick']);
});

it('the time ends with work that fails, and the failure comes out', async () => {
  const listeners = new Listeners([], new ManualClock(), new Secrets());
  await expect(listeners.whileTicking(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
