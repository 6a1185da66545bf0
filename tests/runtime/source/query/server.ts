import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request that a stand-in server got. */
export interface Got {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface Given {
  readonly status?: number;
  readonly body: string | Uint8Array;
}

/** A server that answers as a test says, and keeps what it got. */
export async function standIn(
  answer: (got: Got) => Given | undefined,
): Promise<{ readonly url: string; readonly got: readonly Got[] }> {
  const got: Got[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '/', headers } = request;
      const body = Buffer.concat(chunks).toString();
      const one = { method, url: new URL(url, 'http://127.0.0.1'), authorization: headers.authorization, body };
      got.push(one);
      const given = answer(one);
      // Undefined: the connection breaks.
      if (given === undefined) response.socket?.destroy();
      else response.writeHead(given.status ?? 200).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}
