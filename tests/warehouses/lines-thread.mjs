// Lines to servers that can be cut at any byte. They have a thread of their own: DuckDB waits for its database on the main one.
import { createServer, connect as dial } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

// How many connections wait for an answer; how many pieces have passed.
const [WAITING, PASSED] = [0, 1];
const shared = new Int32Array(workerData);
const lines = new Map();

class Line {
  #pairs = new Set();
  #waiting = new Set();
  #isCut = false;
  #isDisregarded = false;
  #armed;
  #to;

  constructor(to) {
    this.#to = to;
    this.server = createServer((client) => this.#accept(client));
  }

  #accept(client) {
    client.on('error', () => undefined);
    if (this.#isCut) return client.destroy();
    const server = dial(this.#to.port, this.#to.host);
    server.on('error', () => undefined);
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => this.#end(pair);
    client.on('close', end);
    server.on('close', end);
    client.on('data', (bytes) => {
      this.#waits(client);
      this.#passes();
      if (!server.destroyed) server.write(bytes);
    });
    server.on('data', (bytes) => {
      this.#waitsNoMore(client);
      this.#passes();
      if (!client.destroyed) client.write(bytes);
    });
  }

  #end(pair) {
    for (const socket of pair) socket.destroy();
    this.#pairs.delete(pair);
    this.#waitsNoMore(pair[0]);
  }

  #waits(client) {
    if (this.#waiting.has(client)) return;
    this.#waiting.add(client);
    if (!this.#isDisregarded) Atomics.add(shared, WAITING, 1);
  }

  #waitsNoMore(client) {
    if (this.#waiting.delete(client) && !this.#isDisregarded) Atomics.sub(shared, WAITING, 1);
  }

  #passes() {
    Atomics.add(shared, PASSED, 1);
    if (this.#armed === undefined || this.#armed.after-- > 0) return;
    const { cuts, signal, name } = this.#armed;
    this.#armed = undefined;
    if (signal !== undefined) send(signal);
    for (const one of cuts) lines.get(one).cut();
    parentPort.postMessage({ befallen: name });
  }

  /** Whether those who wait at it are counted. */
  regard(isRegarded) {
    if (this.#isDisregarded !== isRegarded) return;
    this.#isDisregarded = !isRegarded;
    Atomics[isRegarded ? 'add' : 'sub'](shared, WAITING, this.#waiting.size);
  }

  /** The ports that the server sees its connections come from. */
  get ports() {
    return [...this.#pairs].map(([, server]) => server.localPort);
  }

  /** Cuts these lines, and sends this signal, once so many pieces have passed this one. */
  arm(armed) {
    this.#armed = armed;
  }

  /** Ends what is open, and lets nobody in. */
  cut() {
    this.#isCut = true;
    for (const pair of [...this.#pairs]) this.#end(pair);
  }
}

function send({ process: id, name }) {
  try {
    process.kill(id, name);
  } catch {
    // It has come to its end.
  }
}

parentPort.on('message', ({ ask, name, ...more }) => {
  if (ask === 'open') {
    const line = new Line(more);
    lines.set(name, line);
    line.server.listen(0, '127.0.0.1', () =>
      parentPort.postMessage({ opened: name, port: line.server.address().port }),
    );
  }
  if (ask === 'arm') lines.get(name).arm({ ...more, name });
  if (ask === 'disregard') {
    lines.get(name).regard(false);
    parentPort.postMessage({ disregarded: name, ports: lines.get(name).ports });
  }
  if (ask === 'regard') lines.get(name).regard(true);
  if (ask === 'cut') {
    lines.get(name).cut();
    lines.get(name).server.close();
  }
});
