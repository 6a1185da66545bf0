import type { Command } from '../commands/shared/command.ts';
import type { Program } from '../commands/shared/session.ts';
import { EXIT_CODE_TABLE } from '../facts/exit-codes.ts';

type Lines = readonly (readonly [left: string, right: string])[];

const exitCodes: Lines = EXIT_CODE_TABLE.map(({ code, status, meaning }) => [
  code,
  status === undefined ? meaning : `${status}: ${meaning}`,
]);

/** What follows the list of commands: examples, exit codes, environment. */
export const programHelp = ({ name, environment }: Program): string =>
  [
    section('Examples', [
      [`${name} init`, 'a first configuration'],
      [`${name} preview --config sync.yaml`, 'what a run would do'],
      [`${name} sync --config sync.yaml`, 'one run'],
      [`${name} check --config sync.yaml`, 'are the credentials good?'],
      [`${name} explain --config sync.yaml --stream contacts --key C-1042`, 'why was this row not sent?'],
      [`${name} emulator --port 0`, 'an API to try things on'],
    ]),
    section('Exit codes', exitCodes),
    section('Environment', [
      ...Object.entries(environment),
      [`\${NAME}`, 'in any text of a configuration file: the environment variable NAME; $${ is a plain ${'],
    ]),
    `\nRun ${name} COMMAND --help for the options of a command.`,
  ].join('\n');

/** What follows the options of a command: its examples, and how its outcome shows. */
export function commandHelp({ examples, notes = [], showsExitCodes }: Command, program: Program): string {
  const lines = examples.map(([line, meaning]) => [`${program.name} ${line}`, meaning] as const);
  return [section('Examples', lines), ...(showsExitCodes ? [section('Exit codes', exitCodes)] : []), '', ...notes].join(
    '\n',
  );
}

function section(title: string, lines: Lines): string {
  const width = Math.max(...lines.map(([left]) => left.length));
  return [`\n${title}:`, ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join('\n');
}
