import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolder } from '../config/make-folder.ts';
import { messageOf, TransientFailure } from '../contract/failure.ts';
import type { RejectLine } from '../facts/reject-line.ts';

/**
 * Appends rejected rows to a JSON Lines file, which is made with the first of them: mode 0600, since it holds people's
 * data. Lines of earlier runs stay; `run_id` tells them apart.
 */
export class RejectsFile {
  readonly #path: string;
  #stream: WriteStream | undefined;
  #error: Error | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** As `append`, of lines that earlier runs may have written before they were killed: those that stand in it are left out. */
  async complete(lines: readonly RejectLine[]): Promise<void> {
    if (lines.length === 0) return;
    const present = await this.#linesOf(new Set(lines.map(({ run_id }) => run_id)));
    await this.append(lines.filter((line) => !present.has(nameOf(line))));
  }

  async #linesOf(runs: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    if (!existsSync(this.#path)) return found;
    for await (const text of createInterface({ input: createReadStream(this.#path) })) {
      const line = parsed(text);
      if (line !== undefined && runs.has(line.run_id)) found.add(nameOf(line));
    }
    return found;
  }

  /** Resolves when they stand in the file: what is told after that may outlive a kill. Throws when it cannot be written. */
  async append(lines: readonly RejectLine[]): Promise<void> {
    if (lines.length === 0) return;
    this.#stream ??= this.#open();
    const stream = this.#stream;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await new Promise<void>((resolve) => {
      stream.write(text, (error) => {
        this.#error ??= error ?? undefined;
        resolve();
      });
    });
    this.#throwIfFailed();
  }

  /** Resolves when everything is on disk. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    if (!stream.closed) {
      stream.end();
      await once(stream, 'close').catch(() => undefined);
    }
    this.#throwIfFailed();
  }

  #open(): WriteStream {
    let isCut: boolean;
    try {
      makeFolder(dirname(this.#path));
      isCut = endsWithinLine(this.#path);
    } catch (error) {
      throw this.#unwritable(error);
    }
    const stream = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
    if (isCut) stream.write('\n');
    stream.on('error', (error) => {
      this.#error ??= error;
    });
    return stream;
  }

  #throwIfFailed(): void {
    if (this.#error) throw this.#unwritable(this.#error);
  }

  #unwritable(error: unknown): TransientFailure {
    return new TransientFailure(
      `The rejects file ${this.#path} cannot be written: ${messageOf(error)}. Make room, or move it (rejects.path), and run again.`,
      { code: 'rejects_unwritable', delivery: 'not-delivered', cause: error },
    );
  }
}

/** What tells a rejection of a run from its others. */
const nameOf = ({ run_id, stream, primary_key, code, record }: RejectLine): string =>
  JSON.stringify([run_id, stream, primary_key ?? record, code]);

function parsed(text: string): RejectLine | undefined {
  try {
    return JSON.parse(text) as RejectLine;
  } catch {
    return undefined;
  }
}

/** Whether a file ends with a part of a line: what wrote it was killed, or the disk was full. */
function endsWithinLine(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } finally {
    closeSync(file);
  }
}
