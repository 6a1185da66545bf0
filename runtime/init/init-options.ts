import type { Environment } from '../contract/destination.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Answers } from './questions.ts';

/** What `init` got on the command line; the rest is asked. */
export interface InitOptions {
  readonly source?: string | undefined;
  readonly table?: string | undefined;
  readonly query?: string | undefined;
  readonly object?: string | undefined;
  /** How many lines stand above the header of a CSV file. */
  readonly skip?: string | undefined;
  /** The column of the field by which records are found. */
  readonly match?: string | undefined;
  /** The environment variable that holds the key. */
  readonly keyVariable?: string | undefined;
  readonly apiBaseUrl?: string | undefined;
  readonly to?: string | undefined;
  /** Takes what is suggested instead of asking. */
  readonly yes: boolean;
  /** Overwrites a file that is there. */
  readonly force: boolean;
  /** Adds a stream to a file that is there. */
  readonly add?: boolean;
  /** Prints what is found and suggested as JSON, and writes nothing. */
  readonly json?: boolean;
  /** Prints the names of tables and views, and writes nothing. */
  readonly tables?: boolean;
}

/** What `init` needs of the environment. */
export interface InitEnvironment {
  readonly answers: Answers;
  readonly environment: Environment;
  readonly source: SourceOptions;
  readonly signal: AbortSignal;
  /** Shows something before the next question. */
  readonly tell: (text: string) => Promise<void>;
  /** Sees to it that a value is never printed. */
  readonly hide: (secret: string) => void;
  /** The executable, for what to run next. */
  readonly program: string;
}
