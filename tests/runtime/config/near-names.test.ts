import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest, nearNames, question } from '../../../runtime/config/near-names.ts';

test.each([
  ['fist_name', ['first_name', 'last_name', 'title'], ['first_name']],
  ['E-Mail', ['email', 'mail', 'title'], ['email']],
  ['phon', ['phone', 'phones', 'phony'], ['phone', 'phony']],
  ['zzz', ['email'], []],
  ['zzz', [], []],
  ['', ['email'], []],
])('near %j among %j are %j', (wanted, names, near) => expect(nearNames(wanted, names)).toEqual(near));

test('what is offered is a question, or nothing', () => {
  expect([question(nearNames('emial', ['email'])), question([])]).toEqual([' Did you mean "email"?', '']);
});

test('a name that is there is always the only one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (names) => {
      expect(nearNames(names[0]!, names)).toEqual([names[0]]);
    }),
  );
});

test.each([
  ['maping', 'mapping'],
  ['primaryKey', 'primary_key'],
  ['MODE', 'mode'],
  ['on-exsiting', 'on_existing'],
  ['ot', 'to'],
  ['form', undefined],
  ['namespace', undefined],
  ['', undefined],
])('the nearest key to %j is %j', (word, key) =>
  expect(nearest(word, ['mapping', 'mode', 'primary_key', 'to', 'on_existing'])).toBe(key),
);
