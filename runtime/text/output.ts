import type { Writable } from 'node:stream';
import type { Secrets } from '../config/secrets.ts';
import { messageOf, TransientFailure } from '../contract/failure.ts';

/** The only way out of the program: lines on stdout and stderr, without secrets, as fast as the reader takes them. */
export class Output {
  readonly #stdout: Outlet;
  readonly #stderr: Outlet;
  readonly #secrets: Secrets;

  constructor({ stdout, stderr, secrets }: { stdout: Writable; stderr: Writable; secrets: Secrets }) {
    this.#stdout = new Outlet(stdout);
    this.#stderr = new Outlet(stderr);
    this.#secrets = secrets;
  }

  /** Aborted once the reader of stdout has closed it; what is written later is dropped. */
  get closed(): AbortSignal {
    return this.#stdout.closed;
  }

  /** Why stdout could not be written; undefined where it could, or where its reader has read what it wanted and is gone. */
  get failure(): TransientFailure | undefined {
    const error = this.#stdout.error;
    if (error === undefined || error.code === 'EPIPE') return undefined;
    return new TransientFailure(
      `The standard output cannot be written: ${messageOf(error)}. What stands there is not all of it; what the command does ` +
        'besides is done. Make room, and run it again.',
      { code: 'output_unwritable', delivery: 'not-delivered', cause: error },
    );
  }

  /** Writes one JSON object as one line. A `line` goes out as it is: a state is the source's, and must not change. */
  json<M extends { readonly type: string }>(message: M): Promise<void> {
    const { line } = message as { readonly line?: string };
    const mask = (_: string, value: unknown) => (typeof value === 'string' ? this.#secrets.mask(value) : value);
    return this.#stdout.write(`${line ?? JSON.stringify(message, mask)}\n`);
  }

  /** Writes text to stdout, ended by a line break. */
  text(text: string): Promise<void> {
    return this.#stdout.write(lineOf(this.#secrets.mask(text)));
  }

  /** Writes text to stderr, ended by a line break. */
  error(text: string): Promise<void> {
    return this.#stderr.write(lineOf(this.#secrets.mask(text)));
  }

  /** Resolves when everything written so far has left the program, or never can. */
  async flush(): Promise<void> {
    await Promise.all([this.#stdout.flush(), this.#stderr.flush()]);
  }
}

const lineOf = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** A stream that may lose its reader at any time. */
class Outlet {
  readonly #stream: Writable;
  readonly #closing = new AbortController();
  error: NodeJS.ErrnoException | undefined;
  #drained: Promise<void> | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Without a listener a lost reader (EPIPE) would end the process; it stays for the life of the stream.
    stream.on('error', (error) => {
      this.error ??= error;
      this.#closing.abort(error);
    });
    stream.on('close', () => this.#closing.abort());
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  async write(text: string): Promise<void> {
    if (this.closed.aborted) return;
    // One call a line: lines of concurrent writers never mix.
    if (this.#stream.write(text)) return;
    // Writers that wait share one listener.
    this.#drained ??= this.#either('drain').finally(() => {
      this.#drained = undefined;
    });
    await this.#drained;
  }

  async flush(): Promise<void> {
    if (this.closed.aborted) return;
    const { promise, resolve } = settled();
    this.closed.addEventListener('abort', resolve, { once: true });
    this.#stream.write('', () => resolve());
    await promise;
    this.closed.removeEventListener('abort', resolve);
  }

  async #either(event: 'drain'): Promise<void> {
    const { promise, resolve } = settled();
    this.#stream.once(event, resolve);
    this.closed.addEventListener('abort', resolve, { once: true });
    await promise;
    this.#stream.off(event, resolve);
    this.closed.removeEventListener('abort', resolve);
  }
}

function settled(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = () => done();
  });
  return { promise, resolve };
}
