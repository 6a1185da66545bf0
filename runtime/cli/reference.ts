import { commands } from '../commands/commands.ts';
import { type Command, usageOf } from '../commands/shared/command.ts';
import { type CommandOption, longName, shownOptions } from '../commands/shared/option.ts';
import { EXIT_CODE_TABLE } from '../facts/exit-codes.ts';

/** The part of the documentation that lists every command with its options, in Markdown. */
export const commandReference = (program: string): string =>
  [
    '## All commands',
    table(
      ['command', ''],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${anchorOf(name)})`, summary]),
    ),
    'Exit codes:',
    exitCodeTable(),
    ...commands.map((command) => section(command, program)),
  ].join('\n\n');

/** The table of exit codes, in Markdown. */
export const exitCodeTable = (): string =>
  table(
    ['exit code', 'status', 'meaning'],
    EXIT_CODE_TABLE.map(({ code, status, meaning }) => [code, status ? `\`${status}\`` : '–', coded(meaning)]),
  );

const anchorOf = (name: string): string => `command-${name.replaceAll(' ', '-')}`;

function section(command: Command, program: string): string {
  const { name, summary, options, examples, notes = [] } = command;
  const rows = shownOptions(options).map(([key, option]) => [optionText(key, option), coded(option.says)]);
  return [
    `### Command ${name}`,
    `\`${[program, name, usageOf(command)].filter((part) => part !== '').join(' ')}\`: ${coded(summary)}.`,
    ...(rows.length === 0 ? [] : [table(['option', ''], rows)]),
    table(
      ['example', ''],
      examples.map(([line, meaning]) => [`\`${line.replaceAll('|', '\\|')}\``, coded(meaning)]),
    ),
    ...(notes.length === 0 ? [] : [coded(notes.join(' '))]),
  ].join('\n\n');
}

function optionText(key: string, { argument, short, choices, isRequired }: CommandOption<unknown>): string {
  const names = [...(short === undefined ? [] : [`-${short}`]), longName(key)];
  const values = choices?.join('\\|') ?? argument?.toUpperCase();
  const text = names.map((name) => `\`${name}${values === undefined ? '' : ` ${values}`}\``);
  return `${text.join(', ')}${isRequired ? ' (required)' : ''}`;
}

/** Names of options and keys as code; what stands between backticks is code already. */
const coded = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(names, '`$&`') : part))
    .join('`');

const names = /(?<!\w)(--[a-z-]+[a-z]|[a-z]+\.[a-z]+_[a-z_]+|rejects\.path|retry_at)(?!\w)/g;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
