import { expect, test } from 'vitest';
import type { Item, PreparedRecord, Settled } from '../../../../runtime/contract/record.ts';
import type { StateStore } from '../../../../runtime/contract/state-store.ts';
import type { Writer } from '../../../../runtime/contract/writer.ts';
import { Contention } from '../../../../runtime/deliver/contended/contention.ts';
import { heldBack } from '../../../../runtime/deliver/contended/held-back.ts';

const waiting = {
  position: 0,
  row: {},
  primaryKey: 'new',
  matchKey: 'email:ann',
  waitsFor: 1,
} as PreparedRecord<object>;

/** The row for which the other one waits: it is refused under its new match key. */
const refused = (known: Settled['known']): Settled => ({
  position: 1,
  row: {},
  primaryKey: 'renamed',
  matchKey: 'email:bo',
  known,
  outcome: { status: 'rejected', rejection: { code: 'match_conflict', message: 'Refused.' } },
});

async function releasedAfter(...chunks: readonly (readonly Item<object>[])[]): Promise<Item<object> | undefined> {
  async function* items() {
    yield* chunks;
  }
  const contention = new Contention({} as Writer<object>, {} as StateStore);
  const passed: Item<object>[] = [];
  for await (const chunk of heldBack(items(), contention)) passed.push(...chunk);
  return passed.find(({ position }) => position === 0);
}

test('a row waits in vain for a match key that another one keeps, whichever comes first', async () => {
  const keeps = refused({ id: 'of the renamed', matchKey: 'email:ann' });
  for (const released of [await releasedAfter([waiting, keeps]), await releasedAfter([keeps], [waiting])]) {
    expect(released).toMatchObject({ outcome: { status: 'rejected', rejection: { code: 'match_conflict' } } });
  }
});

test('a row has the match key of one that has let go of its record, whichever comes first', async () => {
  const hasNone = refused({ matchKey: 'email:ann' });
  for (const released of [await releasedAfter([waiting, hasNone]), await releasedAfter([hasNone], [waiting])]) {
    expect(released).toMatchObject({ isRematched: true });
    expect(released).not.toHaveProperty('outcome');
  }
});
