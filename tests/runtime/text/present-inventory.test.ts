import { expect, test } from 'vitest';
import { inventoryText } from '../../../runtime/text/present-inventory.ts';

const whole = { object: 'contacts', calls: 1, known: 36, total: 36, changed: 0, complete: true, stopped: false };

test.each([
  [{}, ''],
  [{ gone: 1 }, ' 1 record of rows is gone from the destination: `drift` lists them.'],
  [{ gone: 2 }, ' 2 records of rows are gone from the destination: `drift` lists them.'],
  [{ unremoved: 1 }, ' 1 removal from a list was confirmed and not done: the next run repeats it.'],
  [{ unremoved: 3 }, ' 3 removals from a list were confirmed and not done: the next run repeats them.'],
  [{ unread: 7 }, ' Search does not show 7 records of rows, which the next inventory reads by id.'],
])('an inventory says what reads by id have shown: %j', (found, said) => {
  const text = inventoryText([{ ...whole, ...found }]);
  expect(text).toBe(`contacts: 36 of 36 (100 %) known; 0 new or changed; 1 call.${said}`);
});
