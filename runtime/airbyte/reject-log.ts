import type { Clock } from '../contract/clock.ts';
import type { Settled } from '../contract/record.ts';
import { type RejectLine, RejectsFile, rejectLine } from '../facts/rejects.ts';

/**
 * The rejects file of a run that an orchestrator started, perhaps where nothing can be written: without the file the
 * run goes on, since its rejected rows are counted in states and in the log.
 */
export class RejectLog {
  readonly #file: RejectsFile;
  readonly #runId: string;
  readonly #clock: Clock;
  #isLost = false;
  #isComplete = false;

  constructor(path: string, runId: string, clock: Clock) {
    this.#file = new RejectsFile(path);
    this.#runId = runId;
    this.#clock = clock;
  }

  /** Writes down the rejected rows among these; returns what to tell, once, when that is not possible. */
  async keep(settled: readonly Settled[], stream: string): Promise<string | undefined> {
    if (this.#isLost) return undefined;
    const lines = settled.flatMap((one) => rejectLine(one, this.#runId, stream, this.#clock.now()) ?? []);
    try {
      await this.#file.append(lines);
      return undefined;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Writes down what earlier runs could not. */
  async complete(lines: readonly RejectLine[]): Promise<string | undefined> {
    try {
      await this.#file.complete(lines);
      this.#isComplete = true;
      return undefined;
    } catch (error) {
      return this.#lose(error);
    }
  }

  /** Whether all rejections stand in the file, those of earlier runs included. */
  get hasAll(): boolean {
    return this.#isComplete && !this.#isLost;
  }

  /** As `keep`, once everything is on disk. */
  async close(): Promise<string | undefined> {
    try {
      await this.#file.close();
      return undefined;
    } catch (error) {
      return this.#isLost ? undefined : this.#lose(error);
    }
  }

  #lose(error: unknown): string {
    this.#isLost = true;
    return `${error instanceof Error ? error.message : String(error)} Rejected rows are counted, but kept nowhere.`;
  }
}
