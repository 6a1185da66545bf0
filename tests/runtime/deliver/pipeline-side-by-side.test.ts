import { expect, test } from 'vitest';
import type { SourceRow } from '../../../runtime/contract/record.ts';
import { noStateStore } from '../../../runtime/contract/state-store.ts';
import type { Step, Writer } from '../../../runtime/contract/writer.ts';
import { deliver } from '../../../runtime/deliver/pipeline.ts';
import { RateLimit } from '../../../runtime/http/rate-limit.ts';
import { ManualClock, settleDown } from '../../support/manual-clock.ts';

const hourMs = 3_600_000;
const perHour = 40;

/** Two endpoints with an hourly window each: `one` takes a record a request, `many` takes 100. */
function stepsOf(
  clock: ManualClock,
  maxWaiting: number,
): { steps: readonly Step<string>[]; ends: Map<string, number> } {
  const ends = new Map<string, number>();
  const step = (name: string, maxRecords: number): Step<string> => {
    const windows = [{ name: 'hour', periodMs: hourMs, limit: perHour, ceiling: perHour }];
    const options: ConstructorParameters<typeof RateLimit>[0] = {
      name,
      windows,
      reservePercent: 0,
      maxWaitMs: 2 * hourMs,
      clock,
    };
    const limit = new RateLimit(options);
    return {
      request: name,
      limits: { maxRecords, maxBytes: 1e6, maxInFlight: 4, maxWaiting, maxRefused: 8, maxLost: 8 },
      idempotent: true,
      takes: ({ record }) => record === name,
      send: async (records, signal) => {
        (await limit.acquire(signal)).answered();
        ends.set(name, (clock.now() - startedAt) / hourMs);
        return new Map(records.map(({ position }) => [position, { status: 'updated' }]));
      },
    };
  };
  const startedAt = clock.now();
  return { steps: [step('many', 100), step('one', 1)], ends };
}

/** When, in hours, each endpoint has done its work on rows of which the dear ones come first. */
async function hoursOf(maxWaiting: number): Promise<Record<string, number>> {
  const clock = new ManualClock();
  const { steps, ends } = stepsOf(clock, maxWaiting);
  const writer: Writer<string> = {
    columns: ['step'],
    key: { columns: ['step'], matchKeyOf: () => undefined },
    map: ({ step }) => ({ ok: true, primaryKey: '', matchKey: '', record: String(step), content: '' }),
    steps,
  };
  async function* source(): AsyncGenerator<SourceRow[]> {
    for (let at = 0; at < 8_120; at += 20) {
      yield Array.from({ length: 20 }, (_, i) => ({ position: at + i, row: { step: at < 120 ? 'one' : 'many' } }));
    }
  }
  let isDone = false;
  const consume = async () => {
    for await (const _ of deliver(source(), writer, { store: noStateStore, run: new AbortController(), clock }));
    isDone = true;
  };
  const consumed = consume();
  while (!isDone) {
    for (let turn = 0; turn < 100 && !isDone; turn++) await settleDown();
    if (!isDone) await clock.advance(hourMs);
  }
  await consumed;
  return Object.fromEntries(ends);
}

test('a full window of one endpoint does not hold up the records of another', async () => {
  // 120 requests of the one and 80 of the other, 40 an hour: two hours and one, each in windows of its own.
  expect(await hoursOf(200)).toEqual({ one: 2, many: 1 });
  // Without room to wait, the cheap records come after the dear ones.
  expect(await hoursOf(0)).toEqual({ one: 2, many: 3 });
});
