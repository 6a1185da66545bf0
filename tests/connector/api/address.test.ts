import { afterEach, describe, expect, test } from 'vitest';
import { checkedBaseUrl, urlOf } from '../../../connector/api/address.ts';
import { createHttp } from '../../../runtime/http/http.ts';
import { clientOf, closeOpened, opened } from './clients.ts';

afterEach(closeOpened);

describe('addresses and credentials', () => {
  test('plain http is for loopback addresses only', () => {
    for (const url of [
      'https://api.apollo.io/api/v1',
      'http://localhost:1/',
      'http://127.0.0.1/api/v1',
      'http://[::1]:80',
    ]) {
      expect(checkedBaseUrl(url)).not.toMatch(/\/$/);
    }
    for (const url of ['http://api.apollo.io/api/v1', 'http://127.0.0.1.example.com', 'ftp://x', 'nonsense']) {
      expect(() => checkedBaseUrl(url), url).toThrow(expect.objectContaining({ code: 'invalid_config' }));
    }
  });

  test('an id cannot lead to another path', () => {
    expect(urlOf('https://x', 'contacts/{id}', { id: '../users?a=b' })).toBe('https://x/contacts/..%2Fusers%3Fa%3Db');
    for (const id of ['', '.', '..']) expect(() => urlOf('https://x', 'contacts/{id}', { id })).toThrow('lacks its id');
    expect(() => urlOf('https://x', 'contacts/{id}')).toThrow('lacks its id');
  });

  test('a key that no header carries is refused, without telling it', () => {
    const http = createHttp({ userAgent: 'test/1', connections: 1 });
    opened.push(http);
    for (const api_key of ['', '  ', 'two words', 'line\nbreak', 'schlüssel']) {
      const make = () => clientOf('https://x', http, { credentials: { auth_type: 'api_key', api_key } });
      expect(make).toThrow(
        expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining('credentials.api_key') }),
      );
    }
  });
});
