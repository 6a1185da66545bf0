import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withSettings } from '../../../runtime/config/settings.ts';

const keys = { streams: [{ name: 'contacts', mode: 'upsert' }], limits: { max_calls: 1 } };

it.each<[string, object]>([
  ['limits.max_calls=10', { ...keys, limits: { max_calls: 10 } }],
  ['limits.max_records=5', { ...keys, limits: { max_calls: 1, max_records: 5 } }],
  ['rate_limits.plan=basic', { ...keys, rate_limits: { plan: 'basic' } }],
  ['streams.contacts.mode=insert', { ...keys, streams: [{ name: 'contacts', mode: 'insert' }] }],
  ['streams[0].mode=insert', { ...keys, streams: [{ name: 'contacts', mode: 'insert' }] }],
  ['streams.0.lists=[a, b]', { ...keys, streams: [{ ...keys.streams[0], lists: ['a', 'b'] }] }],
  ['source.query=select a = 1', { ...keys, source: { query: 'select a = 1' } }],
  ['a=', { ...keys, a: '' }],
  ['a=true', { ...keys, a: true }],
  ['a=null', { ...keys, a: null }],
])('--set %s', (setting, expected) => expect(withSettings(keys, [setting])).toEqual(expected));

it('the last of two values for a key counts, and the file is left as it is', () => {
  const before = JSON.stringify(keys);
  expect(withSettings(keys, ['limits.max_calls=2', 'limits.max_calls=3'])).toMatchObject({ limits: { max_calls: 3 } });
  expect(JSON.stringify(keys)).toBe(before);
});

it.each([
  ['limits', /--set limits: expected KEY=VALUE/],
  ['=1', /expected KEY=VALUE/],
  ['streams.nope.mode=insert', /nothing there is called nope; there is contacts/],
  ['limits.max_calls.x=1', /x would stand in a single value/],
])('--set %s is refused', (setting, message) => expect(() => withSettings(keys, [setting])).toThrow(message));

it('a value is never shown', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,5}$/), (word) => {
      try {
        withSettings(keys, [`limits.max_calls.x=s3cret-${word}`]);
      } catch (error) {
        expect((error as Error).message).not.toContain('s3cret');
      }
    }),
  );
});
