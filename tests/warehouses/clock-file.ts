import { openSync, readSync, writeSync } from 'node:fs';

/** What stands in the file of each process, in this order; the time itself is in the place of the process before the first. */
const FIELDS = ['wakeAt', 'stoppedMs'] as const;
const FIELD_BYTES = 8;
const PLACE_BYTES = FIELD_BYTES * FIELDS.length;

/** Times that several processes share: a file, which each of them sees as it is at that moment. */
export class ClockFile {
  readonly path: string;
  readonly #file: number;
  readonly #bytes = new Float64Array(1);

  /** One that is there, or a new one with this time. */
  constructor(path: string, now?: number) {
    this.path = path;
    this.#file = openSync(path, now === undefined ? 'r+' : 'w+');
    if (now !== undefined) this.now = now;
  }

  get now(): number {
    return this.#read(0);
  }

  set now(at: number) {
    this.#write(0, at);
  }

  /** When a process wants to go on, where it only waits for that; 0 while it has something to do. */
  wakeAt(process: number): number {
    return this.#read(placeOf(process, 'wakeAt'));
  }

  setWakeAt(process: number, at: number): void {
    this.#write(placeOf(process, 'wakeAt'), at);
  }

  /** For how long a process was stopped, beyond what it was on the machine's clock. */
  stoppedMs(process: number): number {
    return this.#read(placeOf(process, 'stoppedMs'));
  }

  setStoppedMs(process: number, ms: number): void {
    this.#write(placeOf(process, 'stoppedMs'), ms);
  }

  #read(at: number): number {
    this.#bytes[0] = 0;
    readSync(this.#file, this.#bytes, 0, FIELD_BYTES, at);
    return this.#bytes[0]!;
  }

  #write(at: number, value: number): void {
    this.#bytes[0] = value;
    writeSync(this.#file, this.#bytes, 0, FIELD_BYTES, at);
  }
}

/** `process` counts from 1. */
const placeOf = (process: number, field: (typeof FIELDS)[number]): number =>
  process * PLACE_BYTES + FIELDS.indexOf(field) * FIELD_BYTES;
