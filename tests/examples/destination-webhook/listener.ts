import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Place } from 'destination-apollo/testing';

/** Something that takes batches: keeps the last record of each key, and can be told to fail. */
export async function startListener(): Promise<Place & { readonly records: Map<string, unknown> }> {
  const records = new Map<string, unknown>();
  let isDown = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { records: { key: string }[] };
    const isKnown = request.headers.authorization === 'Bearer secret-token';
    if (!isKnown || (isDown && body.records.length > 0)) {
      response.writeHead(isKnown ? 503 : 401).end();
      return;
    }
    const results = body.records.map(({ key, ...record }) => {
      const status = records.has(key) ? 'updated' : 'created';
      records.set(key, record);
      return { key, status };
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`;
  return {
    records,
    config: (stream, shared) => ({ url, secret: 'secret-token', streams: [{ ...stream, key: 'id' }], ...shared }),
    row: (number) => ({ id: `r${number}`, name: `Name ${number}` }),
    changed: (row) => ({ ...row, name: 'Another name' }),
    unfit: (row, secret) => ({ ...row, id: null, name: secret }),
    held: () => records.size,
    fail: () => {
      isDown = true;
    },
    recover: () => {
      isDown = false;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
