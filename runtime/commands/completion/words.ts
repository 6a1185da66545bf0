import type { Command } from '../shared/command.ts';
import { longName, shownOptions } from '../shared/option.ts';

/** What a shell may offer of a program. */
export interface Words {
  readonly program: string;
  readonly commands: readonly CommandWords[];
}

export interface CommandWords {
  /** One word, or two where the first names a group. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
}

export interface OptionWords {
  /** `--config`. */
  readonly long: string;
  /** `-c`. */
  readonly short: string | undefined;
  readonly says: string;
  /** Whether a value follows it: one of some words, a file, a table of the source that the line names, or any text. */
  readonly value: 'none' | 'file' | 'table' | 'text' | readonly string[];
}

/** The words of commands, as their files have them. */
export const wordsOf = (program: string, commands: readonly Command[]): Words => ({
  program,
  commands: commands.map(({ name, summary, options }) => ({
    name,
    summary,
    options: shownOptions(options).map(([key, { short, says, argument, choices }]) => ({
      long: longName(key),
      short: short && `-${short}`,
      says,
      value: choices ?? kindOf(argument),
    })),
  })),
});

function kindOf(argument: string | undefined): 'none' | 'file' | 'table' | 'text' {
  if (argument === undefined) return 'none';
  if (argument === 'table') return 'table';
  return ['file', 'path', 'folder'].includes(argument) ? 'file' : 'text';
}

/** What prints the tables of the source that the rest of a line names, one a line. */
export const TABLES = 'init --tables';

/** The first words of commands, each once, with what they do. */
export function firstWords({ commands }: Words): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, summary } of commands) {
    const [first = name] = name.split(' ');
    if (!found.has(first)) found.set(first, summary);
  }
  return found;
}

/** Text that a shell takes as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
