import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../contract/failure.ts';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';

interface CommandOptions {
  /** Where it is configured, for messages. */
  readonly where: string;
  /** Gets each line that the program writes to its standard error. */
  readonly tell?: ((line: string) => void) | undefined;
}

// What a program may take to clean up once it is asked to end.
const graceMs = 5000;

/** A program that writes rows to its standard output. */
export class ArrowCommand {
  readonly output: Readable;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #name: string;
  readonly #end: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  private constructor(child: ChildProcessByStdio<null, Readable, Readable>, name: string) {
    this.#child = child;
    this.#name = name;
    this.output = child.stdout;
    this.#end = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  }

  /** Starts a program, without a shell. Throws ConfigFailure where there is none such. */
  static async start(
    [program = '', ...args]: readonly string[],
    { where, tell }: CommandOptions,
  ): Promise<ArrowCommand> {
    const failed = (error: unknown): Error =>
      invalidSource(`${where}: ${basename(program)} cannot be started: ${reasonOf(error)}`);
    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      throw failed(error);
    }
    const started = new ArrowCommand(child, basename(program));
    createInterface({ input: child.stderr }).on('line', (line) => tell?.(line));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(failed(error)));
    });
    // A program that ends before it has read what it is sent is left alone.
    child.on('error', () => {});
    return started;
  }

  /** Resolves once the program has ended well. Throws TransientFailure where it has not: then its rows do not count. */
  async ended(where: string): Promise<void> {
    const { code, signal } = await this.#end;
    if (code === 0) return;
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    throw unreadableSource(`${where}: ${this.#name} ended ${how}, so its rows do not count; its own words stand above`);
  }

  /** As `ended`, where it has ended or is about to; else resolves. */
  async endedBadly(where: string): Promise<void> {
    await Promise.race([this.ended(where), sleep(graceMs, undefined, { ref: false })]);
  }

  /** Ends the program: by SIGTERM, and by SIGKILL where that does not help. What it has started loses its reader. */
  async stop(): Promise<void> {
    this.output.destroy();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const isOver = await Promise.race([this.#end, sleep(graceMs, 'late' as const, { ref: false })]);
    if (isOver === 'late') this.#child.kill('SIGKILL');
  }
}

const reasonOf = (error: unknown): string => {
  const { code = '' } = error as NodeJS.ErrnoException;
  return reasons[code] ?? messageOf(error);
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program',
  ENOTDIR: 'there is no such program',
  EACCES: 'it may not be executed',
};
