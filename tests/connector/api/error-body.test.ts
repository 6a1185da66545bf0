import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../../connector/api/error-body.ts';

describe('the text of an error', () => {
  test.each([
    ['error_details.message', { error_details: { message: 'a' }, error: 'b' }, 'a'],
    ['error', { error: 'b', message: 'c' }, 'b'],
    ['message', { message: 'c', error_message: 'd' }, 'c'],
    ['error_message', { error_message: 'd' }, 'd'],
    ['plain text', 'e', 'e'],
    ['an object where a text should be', { error: { code: 1 }, message: 'c' }, 'c'],
    ['an object with a message', { error: { code: 'E', message: 'a' } }, 'a'],
    ['a list of texts', { errors: ['a', 'b', 'a'] }, 'a; b'],
    ['a list of objects', { errors: [{ message: 'a', code: 'E' }, { detail: 'b' }] }, 'a; b'],
    [
      'errors by field',
      { errors: { email: ['is invalid', 'is taken'], title: 'is long' } },
      'email: is invalid; is taken; title: is long',
    ],
    ['errors by field in error', { error: { email: ['is invalid'] } }, 'email: is invalid'],
    ['an error as a list', { error: ['a'] }, 'a'],
    ['a list alone', [{ error: 'a' }], 'a'],
    ['a problem (RFC 9457)', { type: 'about:blank', title: 'Bad', detail: 'a' }, 'a'],
    ['errors that are empty', { errors: {}, error: null, message: '' }, ''],
    ['nothing', {}, ''],
    ['HTML', '<html><style>p{}</style><script>x()</script><p>Bad <b>gateway</b></p></html>', 'Bad gateway'],
    ['an e-mail address', { error: 'jane.doe+x@example.com is taken' }, '[e-mail] is taken'],
  ])('%s', (_, body, text) => {
    expect(messageOf(typeof body === 'string' ? body : JSON.stringify(body))).toBe(text);
  });

  test('whatever comes, it is short, without tags and without addresses', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1000 }), fc.emailAddress(), fc.boolean(), (around, address, isJson) => {
        const said = `${around.slice(0, 200)} ${address} ${around}`;
        const text = messageOf(isJson ? JSON.stringify({ error: said }) : said);
        expect(text.length).toBeLessThanOrEqual(300);
        expect(text).not.toMatch(/<[^>]*>/);
        expect(text).not.toContain(address);
      }),
    );
  });
});
