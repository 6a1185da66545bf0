import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Answer, Throttled } from './evidence.ts';

/** Where a journal is kept: lines that are only ever added, until a run is over. */
interface JournalFile {
  /** Undefined where there is none. */
  read(): string | undefined;
  append(line: string): void;
  /** Returns once the line would outlast a power cut. */
  appendSafely(line: string): void;
  replace(text: string): void;
}

/** A journal in a file that only its owner can read: it holds answers as they came. */
export const journalFile = (path: string): JournalFile => ({
  read: () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  append: (line) => appendFileSync(path, line, { mode: 0o600 }),
  appendSafely(line) {
    const file = openSync(path, 'a', 0o600);
    try {
      writeSync(file, line);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  replace(text) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  },
});

type Line =
  | { readonly of: string }
  | { readonly asks: string }
  | { readonly unsent: string }
  | { readonly name: string; readonly answer: Answer }
  | { readonly throttled: boolean }
  /** A process began, by a request that asks whose key it has. */
  | { readonly started: true }
  | { readonly over: true };

/** What was asked and answered, line by line, so that a run that was stopped is taken up where it was. */
export class Journal {
  readonly answers = new Map<string, Answer>();
  throttled: Throttled | undefined;
  /** Requests since the run began, those without an answer too. */
  requests = 0;
  readonly #open = new Set<string>();
  readonly #file: JournalFile;

  /** `of` says what it belongs to; throws a ConfigFailure where the file belongs to something else. */
  constructor(file: JournalFile, of: string) {
    this.#file = file;
    const written = file.read() ?? '';
    const whole = written.slice(0, written.lastIndexOf('\n') + 1);
    if (whole !== written) file.replace(whole);
    // A last line that was cut off by a kill counts as not written.
    const lines = linesOf(whole);
    const [first] = lines;
    if (first === undefined) file.replace(text({ of }));
    else if (!('of' in first) || first.of !== of) throw belongsToAnother();
    for (const line of lines.slice(1)) this.#take(line);
    this.#add({ started: true });
  }

  /** Whether a question was sent, and no answer to it is known. */
  isOpen(name: string): boolean {
    return this.#open.has(name);
  }

  asks(name: string): void {
    this.#add({ asks: name });
  }

  /** As `asks`, of a request that is not to be made twice, whatever happens. */
  asksOnce(name: string): void {
    const line = { asks: name };
    this.#file.appendSafely(text(line));
    this.#take(line);
  }

  /** The request has certainly not arrived. */
  unsent(name: string): void {
    this.#add({ unsent: name });
  }

  answered(name: string, answer: Answer): void {
    this.#add({ name, answer });
  }

  wasThrottled({ hasHeaders }: Throttled): void {
    this.#add({ throttled: hasHeaders });
  }

  /** The run is over. Of its answers those are kept that the next one must not ask for again. */
  close(isKept: (name: string) => boolean): void {
    const kept = [...this.answers].filter(([name]) => isKept(name));
    const [first] = linesOf(this.#file.read() ?? '');
    const lines: Line[] = [
      first!,
      ...kept.map(([name, answer]) => ({ name, answer })),
      ...[...this.#open].filter(isKept).map((name) => ({ asks: name })),
      { over: true },
    ];
    this.#file.replace(lines.map(text).join(''));
  }

  #add(line: Line): void {
    this.#file.append(text(line));
    this.#take(line);
  }

  #take(line: Line): void {
    if ('started' in line) this.requests++;
    else if ('asks' in line) {
      this.requests++;
      this.#open.add(line.asks);
    } else if ('unsent' in line) {
      this.requests--;
      this.#open.delete(line.unsent);
    } else if ('name' in line) {
      this.#open.delete(line.name);
      this.answers.set(line.name, line.answer);
    } else if ('throttled' in line) this.throttled = { hasHeaders: line.throttled };
    else if ('over' in line) this.requests = 0;
  }
}

const text = (line: Line): string => `${JSON.stringify(line)}\n`;

function linesOf(file: string): readonly Line[] {
  const lines = file.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

const belongsToAnother = (): ConfigFailure =>
  new ConfigFailure(
    'The journal of an earlier probe is about another workspace, address, domain or mark. Name another file with --out, or take the journal away.',
    { code: 'journal_of_another' },
  );
