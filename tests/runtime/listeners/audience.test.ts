import { expect, it } from 'vitest';
import { Secrets } from '../../../runtime/config/secrets.ts';
import { Audience } from '../../../runtime/listeners/audience.ts';
import type { Happening, Observer } from '../../../runtime/listeners/observer.ts';
import { ManualClock, settleDown } from '../../support/manual-clock.ts';
import { finished, started } from './happenings.ts';

function witness(): { observer: Observer; seen: string[] } {
  const seen: string[] = [];
  const see = (happening: Happening) =>
    void seen.push(happening.type === 'warning' ? happening.message : happening.type);
  return { observer: { name: 'witness', see, close: async () => void seen.push('closed') }, seen };
}

const broken: Observer = {
  name: 'broken',
  see: () => {
    throw new Error('disk full');
  },
  close: () => Promise.reject(new Error('again')),
};

it('one who cannot tell is told of to the others, once, and keeps nobody from seeing', async () => {
  const { observer, seen } = witness();
  const audience = new Audience([broken, observer], new ManualClock(), new Secrets());
  await audience.tell(started());
  await audience.tell(finished());
  await audience.close();
  expect(seen).toEqual(['broken: disk full', 'started', 'finished', 'closed']);
});

it('the time is told every second, for as long as the work lasts', async () => {
  const clock = new ManualClock();
  const { observer, seen } = witness();
  const audience = new Audience([observer], clock, new Secrets());
  let end: () => void = () => undefined;
  const work = audience.whileTicking(() => new Promise<void>((resolve) => (end = resolve)));
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
  const audience = new Audience([], new ManualClock(), new Secrets());
  await expect(audience.whileTicking(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
