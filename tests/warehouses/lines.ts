import { Worker } from 'node:worker_threads';

/** A line to a server that can be cut. */
export interface Line {
  /** The address of what is behind it, by way of it. */
  readonly url: string;
  readonly name: number;
}

/** What befalls at a moment: lines are cut, and a process gets a signal. */
interface Befalling {
  readonly cuts?: readonly Line[];
  readonly signal?: { readonly process: number; readonly name: NodeJS.Signals };
}

/** Lines to servers, in a thread of their own: see `lines-thread.mjs`. */
export class Lines {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #thread = new Worker(new URL('./lines-thread.mjs', import.meta.url), { workerData: this.#shared.buffer });
  readonly #opened = new Map<number, (port: number) => void>();
  readonly #befallen = new Map<number, () => void>();
  readonly #disregarded = new Map<number, (ports: readonly number[]) => void>();
  #count = 0;

  constructor() {
    this.#thread.on('message', ({ opened, port, befallen, disregarded, ports }) => {
      if (opened !== undefined) this.#opened.get(opened)!(port);
      if (befallen !== undefined) this.#befallen.get(befallen)!();
      if (disregarded !== undefined) this.#disregarded.get(disregarded)!(ports);
    });
  }

  /** How many connections wait for an answer. */
  get waiting(): number {
    return Atomics.load(this.#shared, 0);
  }

  /** How many pieces have passed all lines. */
  get passed(): number {
    return Atomics.load(this.#shared, 1);
  }

  async open(to: string): Promise<Line> {
    const url = new URL(to);
    const name = ++this.#count;
    const port = await new Promise<number>((resolve) => {
      this.#opened.set(name, resolve);
      this.#thread.postMessage({ ask: 'open', name, host: url.hostname, port: Number(url.port) });
    });
    url.port = String(port);
    return { url: String(url), name };
  }

  /** Has something befall once so many pieces have passed a line, and tells of it. */
  arm({ name }: Line, after: number, { cuts = [], signal }: Befalling, befallen: () => void): void {
    this.#befallen.set(name, befallen);
    this.#thread.postMessage({ ask: 'arm', name, after, cuts: cuts.map((line) => line.name), signal });
  }

  /** Counts those who wait at this line no more: who is behind it is stopped. Returns the ports that the server sees its connections come from. */
  disregard({ name }: Line): Promise<readonly number[]> {
    return new Promise((resolve) => {
      this.#disregarded.set(name, resolve);
      this.#thread.postMessage({ ask: 'disregard', name });
    });
  }

  /** Counts them again. */
  regard({ name }: Line): void {
    this.#thread.postMessage({ ask: 'regard', name });
  }

  /** Ends what is open on a line for good. */
  cut({ name }: Line): void {
    this.#thread.postMessage({ ask: 'cut', name });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
