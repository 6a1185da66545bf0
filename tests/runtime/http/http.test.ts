import { createServer, request as forward, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp, type Http, NotSent } from '../../../runtime/http/http.ts';
import { proxyOf } from '../../../runtime/http/proxy.ts';

type HttpOptions = Parameters<typeof createHttp>[0];

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function http(options: Partial<HttpOptions> = {}): Http {
  const one = createHttp({ userAgent: 'test/1', connections: 4, ...options });
  opened.push(one);
  return one;
}

async function listening(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (handle: RequestListener): Promise<string> => listening(createServer(handle));
const serveTcp = (handle: Parameters<typeof createTcpServer>[1] & object): Promise<string> =>
  listening(createTcpServer(handle));
const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });
const post = (url: string) => ({ method: 'POST' as const, url, headers: { 'x-key': 'secret-key' }, body: '{"a":1}' });

test('a request goes out as it was given, and its answer comes back whole', async () => {
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(422, { 'X-Custom': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      response.end(
        JSON.stringify({ method: request.method, url: request.url, agent: request.headers['user-agent'], body }),
      );
    });
  });
  const answer = await http().send(post(`${url}/things?ids%5B%5D=1`));
  expect({ ...answer, text: JSON.parse(answer.text) }).toMatchObject({
    status: 422,
    headers: { 'x-custom': 'yes', 'set-cookie': 'a=1, b=2' },
    text: { method: 'POST', url: '/things?ids%5B%5D=1', agent: 'test/1', body: '{"a":1}' },
  });
});

test('connections are kept alive, and no more are opened than allowed', async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    setImmediate(() => response.end('ok'));
  });
  const one = http({ connections: 2 });
  for (let round = 0; round < 5; round++) {
    await Promise.all([one.send(get(url)), one.send(get(url)), one.send(get(url))]);
  }
  expect(sockets.size).toBe(2);
});

test('a request that may not go any more once it has a connection is not sent, and the connection serves others', async () => {
  const paths: (string | undefined)[] = [];
  const url = await serve(({ url: path }, response) => {
    paths.push(path);
    setImmediate(() => response.end('ok'));
  });
  const one = http({ connections: 1 });
  let isOver = false;
  const first = one.send({ ...get(`${url}/first`), mayGo: () => true });
  // It waits for the connection that the first one has.
  const second = one.send({ ...get(`${url}/second`), mayGo: () => !isOver });
  isOver = true;
  expect((await first).text).toBe('ok');
  await expect(second).rejects.toBeInstanceOf(NotSent);
  expect((await one.send(get(`${url}/third`))).text).toBe('ok');
  expect(paths).toEqual(['/first', '/third']);
});

test('a redirect is not followed', async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests++;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await http().send(get(url))).status).toBe(302);
  expect(requests).toBe(1);
});

describe('when no whole answer comes, the failure says whether the request can have arrived', () => {
  const lost = async (sending: Promise<unknown>) => {
    const failure = await sending.then(
      () => 'answered',
      (error: unknown) => error,
    );
    expect(String(failure)).not.toContain('secret-key');
    return failure;
  };

  test('a refused connection: not delivered', async () => {
    const url = await serve(() => undefined);
    await opened.pop()!.close();
    expect(await lost(http().send(post(url)))).toMatchObject({
      name: 'TransientFailure',
      code: 'unreachable',
      delivery: 'not-delivered',
      message: expect.stringMatching(/connection refused \(ECONNREFUSED\)/),
    });
  });

  test('a name that DNS does not know: not delivered', async () => {
    expect(await lost(http().send(post('http://no-such-host.invalid/')))).toMatchObject({
      code: 'unreachable',
      delivery: 'not-delivered',
    });
  });

  test('a server that speaks no TLS: not delivered', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')));
    const sending = http().send(post(url.replace('http:', 'https:')));
    expect(await lost(sending)).toMatchObject({ code: 'unreachable', delivery: 'not-delivered' });
  });

  test('a connection that is closed after the request: unknown', async () => {
    const url = await serveTcp((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.destroy());
    });
    expect(await lost(http().send(post(url)))).toMatchObject({ code: 'unreachable', delivery: 'unknown' });
  });

  test('an answer that stops half-way: unknown', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"half":', () => response.destroy());
    });
    expect(await lost(http().send(post(url)))).toMatchObject({ code: 'unreachable', delivery: 'unknown' });
  });

  test('no answer in time: unknown', async () => {
    const url = await serve(() => undefined);
    const timedOut = {
      code: 'timed_out',
      delivery: 'unknown',
      message: expect.stringContaining('no whole answer within 0.05 s'),
    };
    expect(await lost(http({ requestTimeoutMs: 50 }).send(post(url)))).toMatchObject(timedOut);
    expect(await lost(http().send({ ...post(url), timeoutMs: 50 }))).toMatchObject(timedOut);
  });

  test('no connection in time: not delivered, and not sent later either', async () => {
    const proxy = createServer();
    const tunnels: Duplex[] = [];
    let received = '';
    proxy.on('connect', ({ url }, socket) => {
      socket.on('error', () => undefined);
      if (url?.startsWith('other.')) {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
        return;
      }
      tunnels.push(socket);
      socket.on('data', (chunk) => {
        received += chunk;
      });
    });
    const httpProxy = await listening(proxy);
    const one = http({ proxy: { httpProxy } });
    expect(await lost(one.send({ ...post('http://api.example.test/'), timeoutMs: 50 }))).toMatchObject({
      code: 'timed_out',
      delivery: 'not-delivered',
    });
    while (tunnels.length === 0) await new Promise((resolve) => setImmediate(resolve));
    tunnels[0]!.write('HTTP/1.1 200 OK\r\n\r\n');
    // When another request has been answered, it has long seen that this tunnel is there.
    expect(await one.send(post('http://other.example.test/'))).toMatchObject({ status: 200 });
    expect(received).toBe('');
    tunnels[0]!.destroy();
  });

  test('an answer that is too long: unknown', async () => {
    const url = await serve((_, response) => void response.end('x'.repeat(5000)));
    expect(await lost(http({ maxAnswerBytes: 1000 }).send(post(url)))).toMatchObject({
      delivery: 'unknown',
      message: expect.stringContaining('longer than 1000 bytes'),
    });
  });
});

test('a compressed answer and one with a byte order mark are read', async () => {
  const url = await serve((request, response) => {
    const isGzip = request.url === '/gzip';
    response.writeHead(200, isGzip ? { 'content-encoding': 'gzip' } : {});
    response.end(isGzip ? gzipSync('{"a":1}') : '\uFEFF{"a":1}');
  });
  expect((await http().send(get(`${url}/gzip`))).text).toBe('{"a":1}');
  expect((await http().send(get(url))).text).toBe('{"a":1}');
});

test('a compressed answer that is cut off is none', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}').subarray(0, 15));
  });
  await expect(http().send(get(url))).rejects.toMatchObject({ code: 'unreachable', delivery: 'unknown' });
});

test('a header that HTTP cannot carry is a defect, and its value is not shown', async () => {
  const url = await serve((_, response) => void response.end());
  const sending = http().send({ ...get(url), headers: { 'x-key': 'secret\nkey' } });
  const error = await sending.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toHaveProperty('kind');
  expect(String(error)).not.toContain('secret');
});

describe('through a proxy', () => {
  /** Takes CONNECT, and leads every host to `target`. */
  async function proxy(target: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      request.pipe(forward(target, { method: request.method }, (answer) => answer.pipe(response)));
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      const { hostname, port } = new URL(target);
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const one of [onward, socket]) one.on('error', () => undefined);
      opened.push({ close: () => void socket.destroy() });
    });
    return { url: await listening(server), asked };
  }

  test('requests go by the proxy of the environment, with its password', async () => {
    const target = await serve((request, response) => void response.end(`for ${request.headers.host}`));
    const { url, asked } = await proxy(target);
    const httpProxy = url.replace('http://', 'http://user:pass@');
    const answer = await http({ proxy: { httpProxy } }).send(get('http://api.example.test/x'));
    expect(answer.text).toBe('for api.example.test');
    expect(asked).toEqual([`CONNECT api.example.test:80 Basic ${Buffer.from('user:pass').toString('base64')}`]);
  });

  test('hosts in no_proxy are reached directly', async () => {
    const target = await serve((_, response) => void response.end('direct'));
    const { url, asked } = await proxy(target);
    const answer = await http({ proxy: { httpProxy: url, noProxy: 'example.com,127.0.0.1' } }).send(get(target));
    expect([answer.text, asked]).toEqual(['direct', []]);
  });

  test('a proxy that refuses: not delivered, and its password is not shown', async () => {
    const server = createServer();
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    const httpProxy = (await listening(server)).replace('http://', 'http://user:topsecret@');
    const failure = await http({ proxy: { httpProxy } })
      .send(get('http://api.example.test/'))
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({
      code: 'unreachable',
      delivery: 'not-delivered',
      message: expect.stringContaining('the proxy answered 502'),
    });
    expect(String(failure)).not.toContain('topsecret');
  });

  test('a proxy that is not there is named, with its variable, and not the host behind it', async () => {
    const httpProxy = (await serve(() => undefined)).replace('http://', 'http://user:topsecret@');
    await opened.pop()!.close();
    const failure = await http({ proxy: { httpProxy } })
      .send(get('http://api.example.test/'))
      .catch((e: unknown) => e);
    const { port } = new URL(httpProxy);
    expect(failure).toMatchObject({
      code: 'unreachable',
      delivery: 'not-delivered',
      message: `Could not get an answer from api.example.test: the proxy 127.0.0.1:${port} of http_proxy refused the connection (ECONNREFUSED).`,
    });
  });

  test('a proxy whose name is unknown is named too', async () => {
    const sending = http({ proxy: { httpProxy: 'http://no-such-proxy.invalid:3128' } }).send(
      get('http://api.example.test/'),
    );
    await expect(sending).rejects.toMatchObject({
      message: expect.stringContaining('the proxy no-such-proxy.invalid:3128 of http_proxy cannot be reached'),
    });
  });

  test('a proxy that wants a password is a matter of configuration', async () => {
    const server = createServer();
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const httpProxy = await listening(server);
    await expect(http({ proxy: { httpProxy } }).send(get('http://api.example.test/'))).rejects.toMatchObject({
      name: 'ConfigFailure',
      code: 'invalid_proxy',
    });
  });

  test('what is no proxy URL is refused by the name of its variable, without its value', () => {
    expect(() =>
      createHttp({ userAgent: 't', connections: 1, proxy: { httpsProxy: 'http://u:topsecret@[bad' } }),
    ).toThrow(expect.objectContaining({ code: 'invalid_proxy', message: expect.not.stringContaining('topsecret') }));
  });

  test.each(['"http://proxy:3128"', "'proxy:3128'", 'http://proxy:3128/path', 'http://proxy:3128?a=b', 'ftp://proxy'])(
    'what cannot be a proxy is a matter of configuration: %s',
    (httpProxy) => {
      expect(() => createHttp({ userAgent: 't', connections: 1, proxy: { httpProxy } })).toThrow(
        expect.objectContaining({
          code: 'invalid_proxy',
          message: expect.stringContaining('http_proxy is not a proxy'),
        }),
      );
    },
  );

  test.each(['http://proxy:3128', 'http://proxy:3128/', 'proxy:3128', ' https://u:p@proxy ', 'socks5://proxy', ''])(
    'what can be one is taken: "%s"',
    (httpProxy) => {
      http({ proxy: { httpProxy } });
    },
  );

  test('the lower-case variable wins', () => {
    expect(proxyOf({ http_proxy: 'http://a', HTTP_PROXY: 'http://b', HTTPS_PROXY: 'http://c', no_proxy: '' })).toEqual({
      httpProxy: 'http://a',
      httpsProxy: 'http://c',
      noProxy: '',
    });
  });
});
