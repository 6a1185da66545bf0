import { expect, test } from 'vitest';
import { isAskedKey, spellingsOf } from '../../../runtime/facts/asked-key.ts';

test.each([
  ['14.00', '14', true],
  ['14', '14.00', true],
  ['14.50', '14.5', true],
  ['-3.10', '-3.1', true],
  ['100.00', '1', false],
  ['007', '7', false],
  ['14.00', '140', false],
  ['v1.0', 'v1', false],
  ['1.0.0', '1', false],
  ['C-1', 'C-1', true],
])('the row %s is asked for by %s: %s', (key, asked, expected) => {
  expect(isAskedKey(key, asked)).toBe(expected);
});

test('a key is spelled in two ways at most', () => {
  expect([spellingsOf('14.00'), spellingsOf('C-1')]).toEqual([['14.00', '14'], ['C-1']]);
});
