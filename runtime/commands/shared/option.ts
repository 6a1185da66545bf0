import { filled } from './arguments.ts';

/** An option of a command, and what its value becomes. */
export interface CommandOption<T> {
  /** What its argument is called; absent where it takes none. */
  readonly argument?: string;
  /** One line of help. */
  readonly says: string;
  /** A letter that stands for it. */
  readonly short?: string;
  /** Whether the command needs it. */
  readonly isRequired: boolean;
  /** Whether help leaves it out: it is there to be answered. */
  readonly isHidden?: boolean;
  /** Whether it may be given again and again. */
  readonly isRepeated: boolean;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** Options that it cannot stand beside, by their keys. */
  readonly conflicts: readonly string[];
  /** Turns its argument into its value; throws InvalidArgumentError where it is not one. */
  readonly read: (argument: string) => T;
  /** Its value where it is not given. */
  readonly otherwise: T;
}

/** The options of a command, by the names that its code has for them: `runId` is `--run-id`. */
export type Options = Readonly<Record<string, CommandOption<unknown>>>;

/** The values of options. */
export type Asked<O extends Options> = {
  readonly [K in keyof O]: O[K] extends CommandOption<infer T> ? T : never;
};

/** What an option may have beside its argument. */
interface More {
  readonly short?: string;
  readonly conflicts?: readonly string[];
}

const plain = { isRequired: false, isRepeated: false, conflicts: [] } as const;

/** An option without an argument. */
export const flag = (says: string, more: More = {}): CommandOption<boolean> => ({
  ...plain,
  ...more,
  says,
  read: () => true,
  otherwise: false,
});

/** An option that is known only so that a good answer can be given. */
export const hidden = (says: string): CommandOption<boolean> => ({ ...flag(says), isHidden: true });

/** An option that may be missing. */
export const optional = <T = string>(
  argument: string,
  says: string,
  read: (argument: string) => T,
  more: More = {},
): CommandOption<T | undefined> => ({ ...plain, ...more, argument, says, read, otherwise: undefined });

/** An option that must be given. */
export const required = <T = string>(
  argument: string,
  says: string,
  read: (argument: string) => T,
): CommandOption<T> => ({ ...plain, isRequired: true, argument, says, read, otherwise: undefined as T });

/** An option that has a value of its own where it is not given. */
export const defaulted = <T>(
  argument: string,
  says: string,
  read: (argument: string) => T,
  otherwise: T,
): CommandOption<T> => ({ ...plain, argument, says, read, otherwise });

/** An option that takes one of a few words. */
export const choice = <const W extends string>(
  argument: string,
  says: string,
  choices: readonly W[],
): CommandOption<W | undefined> => ({ ...optional(argument, says, (word) => word as W), choices });

/** An option that may be given more than once; each value counts once. */
export const several = (argument: string, says: string): CommandOption<readonly string[]> => ({
  ...plain,
  isRepeated: true,
  argument,
  says: `${says}; may be given again`,
  read: (text) => [filled(text)],
  otherwise: [],
});

/** `runId` as a command line has it. */
export const longName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The options that help shows. */
export const shownOptions = (options: Options): readonly (readonly [key: string, option: CommandOption<unknown>])[] =>
  Object.entries(options).filter(([, { isHidden }]) => !isHidden);
