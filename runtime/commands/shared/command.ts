import { type Asked, longName, type Options, shownOptions } from './option.ts';
import type { Session } from './session.ts';

/** A line to type, and what it does. */
type Example = readonly [line: string, meaning: string];

/**
 * A command: its file is all there is to it. The parser, the help, the reference in the documentation and the completion of
 * shells are made from it.
 */
export interface Command<O extends Options = Options> {
  /** One word, or two where the first names a group: `state adopt`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What must be said, where the options alone do not show it. */
  readonly usage?: string;
  readonly options: O;
  /** Without the name of the program. */
  readonly examples: readonly Example[];
  /** Lines that follow the options in its help. */
  readonly notes?: readonly string[];
  /** Whether the table of exit codes is part of its help. */
  readonly showsExitCodes?: boolean;
  /** What it does with options that it does not know: a usage error, a warning, or they are its own to read. */
  readonly unknown?: 'warn' | 'take';
  /** What is wrong with options that do not go together. */
  problem?(asked: Asked<O>): string | undefined;
  /** Does it, and returns the exit code. Whatever it throws is printed, and `exitCodeOf` has its code. */
  run(asked: Asked<O>, session: Session, rest: readonly string[]): Promise<number>;
}

/** Checks what a command's file says, and leaves it as it is. */
export const defineCommand = <O extends Options>(command: Command<O>): Command<O> => command;

/** How a command is called: what must be said, and whether there is more. */
export function usageOf({ options, usage }: Command): string {
  if (usage !== undefined) return usage;
  const all = shownOptions(options);
  const needed = all.filter(([, { isRequired }]) => isRequired);
  const words = needed.map(([key, { argument = '' }]) => `${longName(key)} ${argument.toUpperCase()}`);
  return [...words, ...(needed.length < all.length ? ['[options]'] : [])].join(' ');
}
