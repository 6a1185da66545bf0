import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Settled } from '../contract/record.ts';

/** One line of the rejects file. */
export interface RejectLine {
  readonly run_id: string;
  readonly stream: string;
  readonly primary_key: string | null;
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
  readonly endpoint: string | null;
  readonly http_status: number | null;
  readonly attempts: number;
  readonly retryable: boolean;
  readonly record: unknown;
  readonly at: string;
}

/** A rejected row as its line of the rejects file; undefined for any other outcome. */
export function rejectLine(
  { outcome, row, primaryKey }: Settled,
  runId: string,
  stream: string,
  at: number,
): RejectLine | undefined {
  if (outcome.status !== 'rejected') return undefined;
  const { code, message, field, endpoint, httpStatus, attempts, retryable } = outcome.rejection;
  return {
    run_id: runId,
    stream,
    primary_key: primaryKey ?? null,
    code,
    message,
    field: field ?? null,
    endpoint: endpoint ?? null,
    http_status: httpStatus ?? null,
    attempts: attempts ?? 0,
    retryable: retryable ?? false,
    record: row,
    at: new Date(at).toISOString(),
  };
}

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

  /** Resolves when there is room for more; throws when the file cannot be written. */
  async append(lines: readonly RejectLine[]): Promise<void> {
    if (lines.length === 0) return;
    this.#stream ??= this.#open();
    const stream = this.#stream;
    if (!stream.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))) {
      const over = new AbortController();
      const either = [once(stream, 'drain', over), once(stream, 'close', over)];
      await Promise.race(either).catch(() => undefined);
      over.abort();
    }
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
    mkdirSync(dirname(this.#path), { recursive: true });
    const stream = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
    stream.on('error', (error) => {
      this.#error = error;
    });
    return stream;
  }

  #throwIfFailed(): void {
    if (this.#error) throw new Error(`The rejects file ${this.#path} cannot be written: ${this.#error.message}`);
  }
}
