import { describe, expect, test } from 'vitest';
import { lost } from '../../../runtime/http/http-loss.ts';
import { proxiesOf } from '../../../runtime/http/proxy.ts';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('secret text'), { code, ...more });
const none = proxiesOf();
const proxies = proxiesOf({ httpsProxy: 'http://proxy.example:3128' });

describe('certificates', () => {
  test.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_HAS_EXPIRED',
    'CERT_UNTRUSTED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is a matter of configuration, and says what helps', (code) => {
    const failure = lost(withCode(code), 'api.example.test', 'not-delivered', none);
    expect(failure).toMatchObject({
      name: 'ConfigFailure',
      code: 'untrusted_certificate',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(failure.message).toContain(`The certificate of api.example.test is not trusted (${code})`);
    expect(failure.message).not.toContain('secret');
  });

  test('of a proxy it is named as the proxy of its variable', () => {
    const failure = lost(
      withCode('CERT_HAS_EXPIRED', { host: 'proxy.example' }),
      'api.example.test',
      'not-delivered',
      proxies,
    );
    expect(failure.message).toContain('The certificate of the proxy proxy.example:3128 of https_proxy is not trusted');
  });
});

describe('connections', () => {
  test.each([
    ['ECONNREFUSED', { address: '10.0.0.1', port: 3128 }, /the proxy proxy\.example:3128 of https_proxy refused/],
    ['ENOTFOUND', { hostname: 'proxy.example' }, /the proxy .* cannot be reached: its name is unknown to DNS/],
    ['ECONNREFUSED', { address: '10.0.0.2', port: 443 }, /api\.example\.test: connection refused/],
  ])('%s of %j', (code, more, message) => {
    expect(lost(withCode(code, more), 'api.example.test', 'not-delivered', proxies)).toMatchObject({
      name: 'TransientFailure',
      delivery: 'not-delivered',
      message: expect.stringMatching(message),
    });
  });

  test('where each of several addresses failed, the first says why', () => {
    const all = new AggregateError([withCode('ECONNREFUSED', { port: 3128 }), withCode('ETIMEDOUT')]);
    expect(lost(all, 'api.example.test', 'not-delivered', proxies).message).toContain(
      'https_proxy refused the connection',
    );
  });
});
