import { CommanderError, Option, Command as Parser } from 'commander';
import { commands } from '../commands/commands.ts';
import { type Command, usageOf } from '../commands/shared/command.ts';
import { type CommandOption, longName } from '../commands/shared/option.ts';
import type { Program } from '../commands/shared/session.ts';
import { withCode } from '../text/error-text.ts';
import { commandHelp, programHelp } from './help.ts';

/** What a command line asks for. */
type Parsed =
  | {
      readonly type: 'command';
      readonly command: Command;
      /** The values of its options. */
      readonly asked: Readonly<Record<string, unknown>>;
      /** What it has left on the command line: options that it does not know, and what follows them. */
      readonly rest: readonly string[];
    }
  /** To be printed on stdout; exit code 0. */
  | { readonly type: 'help' | 'version'; readonly text: string }
  /** To be printed on stderr; exit code 2. */
  | { readonly type: 'usage'; readonly text: string };

/** Reads a command line (without the executable and the script) into plain data, with no effect on anything else. */
export function parseArguments(argv: readonly string[], program: Program): Parsed {
  const taker = commands.find(({ name, unknown }) => unknown === 'take' && name === argv[0]);
  if (taker) return { type: 'command', command: taker, asked: {}, rest: argv.slice(1) };
  const found: { parsed?: Parsed } = {};
  const printed = { out: '', error: '' };
  const parser = parserOf(program, argv, printed, (parsed) => {
    found.parsed = parsed;
  });
  try {
    parser.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.version') return { type: 'version', text: printed.out };
    if (error.exitCode === 0) return { type: 'help', text: printed.out };
    return { type: 'usage', text: printed.error.replace(/^error: .*/, (line) => withCode(line, 'invalid_usage')) };
  }
  return found.parsed ?? { type: 'usage', text: parser.helpInformation() };
}

function parserOf(
  program: Program,
  argv: readonly string[],
  printed: { out: string; error: string },
  found: (parsed: Parsed) => void,
): Parser {
  const parser = new Parser(program.name)
    .description(program.summary)
    .version(`${program.name} ${program.version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .usage('COMMAND [options]')
    .addHelpText('after', programHelp(program))
    .enablePositionalOptions()
    .exitOverride()
    // Commander asks the terminal for these; the text must be the same wherever it is made.
    .configureOutput({
      writeOut: (text) => {
        printed.out += text;
      },
      writeErr: (text) => {
        printed.error += text;
      },
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  parser.showHelpAfterError(`Usage: ${program.name} COMMAND [options]\n(${program.name} --help lists the commands)`);
  for (const command of askedOf(argv)) {
    const added = addCommand(parser, command);
    if (isOverview(argv)) addOptions(added, command, 1);
    else complete(added, program, command, found);
  }
  return parser;
}

/** The commands that a command line may mean: one that begins with the name of a command, or of a group, means no other. */
function askedOf([first]: readonly string[]): readonly Command[] {
  const named = commands.filter(({ name }) => name.split(' ', 1)[0] === first);
  return named.length > 0 ? named : commands;
}

/** What the first word of two-word commands is about. */
const GROUPS: Readonly<Record<string, string>> = {
  state: 'tell a state store that its workspace or source has moved, or copy it',
  stream: 'rename a stream in the state store',
};

/** What lists the commands shows of their options whether there are any; to make all of them takes a quarter of such a start. */
const isOverview = ([first = '', ...more]: readonly string[]): boolean =>
  more.length === 0 && ['-V', '--version', '-h', '--help'].includes(first);

/** A command as the list of commands shows it. */
function addCommand(parser: Parser, command: Command): Parser {
  const [own = command.name, group] = command.name.split(' ').reverse();
  return (group === undefined ? parser : groupOf(parser, group))
    .command(own)
    .description(command.summary)
    .usage(usageOf(command));
}

function complete(added: Parser, program: Program, command: Command, found: (parsed: Parsed) => void): void {
  const { name, unknown } = command;
  added
    .addHelpText('after', commandHelp(command, program))
    .showHelpAfterError(
      `Usage: ${program.name} ${name} ${usageOf(command)}\n(${program.name} ${name} --help says more)`,
    )
    .allowUnknownOption(unknown !== undefined)
    .allowExcessArguments(unknown !== undefined);
  addOptions(added, command);
  added.action((values: Readonly<Record<string, unknown>>, self: Parser) => {
    const asked = valuesOf(command, values);
    const problem = command.problem?.(asked);
    if (problem !== undefined) self.error(`error: ${problem}`);
    found({ type: 'command', command, asked, rest: self.args });
  });
}

function addOptions(added: Parser, { options }: Command, most = Number.POSITIVE_INFINITY): void {
  for (const [key, option] of Object.entries(options).slice(0, most)) added.addOption(optionOf(key, option));
}

const groupOf = (parser: Parser, group: string): Parser =>
  parser.commands.find((command) => command.name() === group) ?? parser.command(group).description(GROUPS[group] ?? '');

function optionOf(key: string, { argument, says, short, choices, ...option }: CommandOption<unknown>): Option {
  const names = [...(short === undefined ? [] : [`-${short}`]), longName(key)].join(', ');
  const made = new Option(argument === undefined ? names : `${names} <${argument}>`, says);
  if (option.isHidden) made.hideHelp();
  if (option.isRequired) made.makeOptionMandatory();
  if (option.conflicts.length > 0) made.conflicts([...option.conflicts]);
  if (choices !== undefined) return made.choices(choices);
  if (argument === undefined) return made;
  const { read, isRepeated } = option;
  return made.argParser<unknown>((text, earlier) => {
    const value = read(text);
    return isRepeated ? [...new Set([...listOf(earlier), ...listOf(value)])] : value;
  });
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const valuesOf = ({ options }: Command, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).map(([key, { otherwise }]) => [key, values[key] ?? otherwise]));
