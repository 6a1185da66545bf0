import { expect, test } from 'vitest';
import { explainedWrite } from '../../../../runtime/state/file/store-failure.ts';

test.each([
  ['IO Error: Could not write file "x": No space left on device', /its disk is full/],
  [
    'Out of Memory Error: failed to allocate data of size 64.0 KiB (48.5 MiB/48.6 MiB used)\n\nPossible solutions:',
    /has too little memory for it\. What it has confirmed is kept\. Raise source\.memory_limit/,
  ],
  [
    'TransactionContext Error: Failed to commit: failed to pin block of size 64.0 KiB (48.5 MiB/48.6 MiB used)',
    /has too little memory for it/,
  ],
])('a store that cannot be written says why and what to do: %s', (thrown, says) => {
  expect(explainedWrite(new Error(thrown), '/state.duckdb')).toMatchObject({
    code: 'state_unwritable',
    message: expect.stringMatching(says),
  });
});

test('what has nothing to do with disk or memory stays as it was thrown', () => {
  const defect = new Error('Binder Error: no such column');
  expect(explainedWrite(defect, '/state.duckdb')).toBe(defect);
});
