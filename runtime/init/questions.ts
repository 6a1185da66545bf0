import { ConfigFailure } from '../contract/failure.ts';

/** What is to be known, and how to say it without being asked. */
interface Question {
  readonly text: string;
  /** Taken when nothing is answered. */
  readonly fallback?: string | undefined;
  /** The option that answers it on the command line, for who cannot be asked. */
  readonly option: string;
  /** What to say to those who cannot be asked and gave no such option. */
  readonly unasked?: string | undefined;
  /** Why an answer cannot be taken, in words for the person who gave it. */
  readonly problem?: ((answer: string) => Promise<string | undefined> | string | undefined) | undefined;
}

interface Choice extends Omit<Question, 'problem'> {
  readonly choices: readonly string[];
}

/** Where answers come from. Throws ConfigFailure, naming the option to give instead, where there is none to be had. */
export interface Answers {
  /** An answer that is not a problem. */
  ask(question: Question): Promise<string>;
  /** One of the choices. */
  choose(choice: Choice): Promise<string>;
}

const noAnswer = (message: string): ConfigFailure => new ConfigFailure(message, { code: 'no_answer' });

/** Takes what is suggested, and asks no questions. */
export const suggested: Answers = {
  async ask({ text, fallback, option, problem, unasked }) {
    if (fallback === undefined) throw noAnswer(unasked ?? `${text}: nothing can be suggested here. Give ${option}.`);
    const why = await problem?.(fallback);
    if (why !== undefined) throw noAnswer(`${text}: ${why}. Give ${option}.`);
    return fallback;
  },
  async choose({ text, fallback, option, choices }) {
    const only = fallback ?? (choices.length === 1 ? choices[0] : undefined);
    if (only === undefined) throw noAnswer(`${text}: ${listed(choices)}. Give ${option}.`);
    return only;
  },
};

const listed = (choices: readonly string[]): string =>
  `one of ${choices.slice(0, 20).join(', ')}${choices.length > 20 ? ` and ${choices.length - 20} more` : ''}`;

/** Asks a person, line by line; the answers may as well come from a pipe. */
export function asked(lines: AsyncIterable<string>, write: (text: string) => void, signal: AbortSignal): Answers {
  const iterator = lines[Symbol.asyncIterator]();

  async function ask({ text, fallback, option, problem }: Question): Promise<string> {
    for (;;) {
      write(promptOf(text, fallback));
      const next = await unlessStopped(iterator.next(), signal);
      if (next.done === true)
        throw noAnswer(`\nThe answers ended here. Give ${option}, or --yes for what is suggested.`);
      const answer = next.value.trim() || (fallback ?? '');
      const why = answer === '' ? 'an answer is needed' : await problem?.(answer);
      if (why === undefined) return answer;
      write(`  ${why}\n`);
    }
  }

  async function choose({ text, choices, fallback, option }: Choice): Promise<string> {
    const width = String(choices.length).length;
    write(`${text}\n${choices.map((choice, index) => `  ${String(index + 1).padStart(width)}  ${choice}\n`).join('')}`);
    const named = (answer: string): string | undefined =>
      choices.find((choice) => choice === answer) ?? choices[Number(answer) - 1];
    const problem = (answer: string): string | undefined =>
      named(answer) === undefined
        ? `expected a number from 1 to ${choices.length}, or a name from the list`
        : undefined;
    const only = fallback ?? (choices.length === 1 ? choices[0] : undefined);
    return named(await ask({ text: 'Number or name', fallback: only, option, problem }))!;
  }

  return { ask, choose };
}

const promptOf = (text: string, fallback: string | undefined): string =>
  fallback === undefined ? `${text}: ` : `${text} [${fallback}]: `;

async function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([promise, stopped]).finally(() => signal.removeEventListener('abort', stop));
}
