import { CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander';
import { file } from '../commands/file-argument.ts';
import { addInitOptions } from '../commands/init-arguments.ts';
import { addReportOptions, type ReportOptions } from '../commands/report-arguments.ts';
import { addStateCommands } from '../commands/state/arguments.ts';
import type { StateCommand } from '../commands/state/state-command.ts';
import type { SyncCommand, SyncOptions } from '../commands/sync-command.ts';
import type { InitOptions } from '../init/init-options.ts';
import { PROGRESS_EVERY_MS } from '../listeners/plain-lines.ts';
import { commandHelp, type Program, programHelp } from './help.ts';

/** The commands of Airbyte's protocol; what they do not know of their command line they leave to the log. */
export type ProtocolCommand =
  | { readonly name: 'spec'; readonly warnings: readonly string[] }
  | { readonly name: 'check' | 'discover'; readonly config: string; readonly warnings: readonly string[] }
  | { readonly name: 'write'; readonly config: string; readonly catalog: string; readonly warnings: readonly string[] };

/** What a command line asks for. */
export type Command =
  | ProtocolCommand
  | SyncCommand
  /** `show`: how many rows to print. */
  | (SyncOptions & { readonly name: 'preview'; readonly show: number })
  | StateCommand
  | { readonly name: 'report'; readonly options: ReportOptions }
  | { readonly name: 'init'; readonly options: InitOptions }
  | { readonly name: 'emulator'; readonly args: readonly string[] }
  /** To be printed on stdout; exit code 0. */
  | { readonly name: 'help' | 'version'; readonly text: string }
  /** To be printed on stderr; exit code 2. */
  | { readonly name: 'usage'; readonly text: string };

/** Reads a command line (without the executable and the script) into plain data, with no effect on anything else. */
export function parseArguments(argv: readonly string[], program: Program): Command {
  // The emulator reads its own options, --help among them.
  if (argv[0] === 'emulator') return { name: 'emulator', args: argv.slice(1) };
  const found: { command?: Command } = {};
  const printed = { out: '', error: '' };
  const parser = parserOf(program, printed, (command) => {
    found.command = command;
  });
  try {
    parser.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.version') return { name: 'version', text: printed.out };
    if (error.exitCode === 0) return { name: 'help', text: printed.out };
    return { name: 'usage', text: printed.error };
  }
  return found.command ?? { name: 'usage', text: parser.helpInformation() };
}

type Found = (command: Command) => void;

function parserOf(program: Program, printed: { out: string; error: string }, found: Found): Parser {
  const parser = new Parser(program.name)
    .description(program.summary)
    .version(`${program.name} ${program.version}`, '--version', 'print the version')
    .helpOption('--help', 'print this help, or that of a command')
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
  addProtocolCommands(parser, program, found);
  addSyncCommands(parser, program, found);
  addUndo(parser, program, found);
  addStateCommands((name, usage, description) => addCommand(parser, program, name, usage, description), found);
  addReportOptions(
    addCommand(parser, program, 'report', '--to FILE [options]', 'write a page about a run that has ended'),
    (options) => found({ name: 'report', options }),
  );
  addInitOptions(
    addCommand(parser, program, 'init', '[options]', 'write a first configuration, asking a few questions'),
    (options) => found({ name: 'init', options }),
  );
  parser.command('emulator').usage('[options]').description('serve a local HTTP API that behaves as the real one does');
  return parser;
}

function addCommand(parser: Parser, program: Program, name: string, usage: string, description: string): Parser {
  const [own = name, group] = name.split(' ').reverse();
  const groups = parser.commands.find((command) => command.name() === group);
  return (
    group === undefined ? parser : (groups ?? parser.command(group).description('say what a state store belongs to'))
  )
    .command(own)
    .description(description)
    .usage(usage)
    .addHelpText('after', commandHelp(name, program))
    .showHelpAfterError(`Usage: ${program.name} ${name} ${usage}\n(${program.name} ${name} --help says more)`);
}

function addProtocolCommands(parser: Parser, program: Program, found: Found): void {
  const add = (name: ProtocolCommand['name'], usage: string, description: string): Parser =>
    addCommand(parser, program, name, usage, description).allowUnknownOption().allowExcessArguments();

  add('spec', '', 'print the specification of the configuration (Airbyte)').action((_, self: Parser) =>
    found({ name: 'spec', warnings: warningsOf(self.args) }),
  );
  for (const [name, description] of [
    ['check', 'test the credentials (Airbyte)'],
    ['discover', 'print the objects and fields that can be written (Airbyte)'],
  ] as const) {
    add(name, '--config FILE', description)
      .requiredOption('--config <file>', 'the configuration, in JSON or YAML', file)
      .action(({ config }: { config: string }, self: Parser) =>
        found({ name, config, warnings: warningsOf(self.args) }),
      );
  }
  add('write', '--config FILE --catalog FILE', 'write the records that come in on stdin (Airbyte)')
    .requiredOption('--config <file>', 'the configuration, in JSON or YAML', file)
    .requiredOption('--catalog <file>', 'the configured catalog, in JSON or YAML', file)
    .action(({ config, catalog }: { config: string; catalog: string }, self: Parser) =>
      found({ name: 'write', config, catalog, warnings: warningsOf(self.args) }),
    );
}

// What follows an unknown option may be its value, and a value may be a secret: only options are named.
function warningsOf(args: readonly string[]): readonly string[] {
  const options = args.filter((arg) => /^-+[^-]/.test(arg)).map((arg) => arg.replace(/=.*$/s, ''));
  if (options.length === 0 && args.length > 0) return ['Ignored what follows the command: it takes no arguments'];
  return options.map((option) => `Ignored the unknown option ${option}`);
}

interface SyncFlags {
  report?: string;
  showValues?: true;
  config: string;
  stream?: readonly string[];
  output?: 'text' | 'json';
  logFormat?: 'text' | 'json';
  full?: true;
  retryRejects?: true;
  runId?: string;
  quiet?: true;
  verbose?: true;
  show?: number;
  every?: number;
  progressEvery?: number;
  plan?: string;
}

function addSyncCommands(parser: Parser, program: Program, found: Found): void {
  const add = (name: 'sync' | 'preview', description: string, formats: readonly string[]): Parser =>
    addCommand(parser, program, name, '--config FILE [options]', description)
      .allowExcessArguments(false)
      .requiredOption('--config <file>', 'the configuration, in JSON or YAML, with a source', file)
      .option('--stream <name>', 'only this stream; may be given again', collect)
      .addOption(
        new Option('--output <format>', 'of stdout; default: text on a terminal, json elsewhere').choices(formats),
      )
      .option('--full', 'ignore what is known of earlier runs')
      .option('--retry-rejects', 'send rejected rows again, though nothing about them has changed')
      .option('--run-id <id>', 'name the run; default: a new id', filled)
      .addOption(new Option('--quiet', 'print nothing but the summary and errors').conflicts('verbose'))
      .addOption(new Option('--verbose', 'print each request, without its content'));

  add('sync', 'read rows from the source and write them', ['text', 'json', 'kestra'])
    .option('--plan <file>', 'a saved `preview --output json`: make no more calls than it has', file)
    .addOption(new Option('--log-format <format>', 'of stderr; default: text').choices(['text', 'json']))
    .addOption(progressEvery())
    .option('--report <file>', 'write a page about the run, in HTML, at its end', file)
    .option('--show-values', 'in that page, show values of rejected rows')
    .addOption(
      new Option('--every <duration>', 'run again and again: 90s, 30m, 1h, 1d')
        .argParser(duration)
        .conflicts(['runId', 'plan']),
    )
    .action((flags: SyncFlags, self: Parser) => {
      const { plan, report, showValues = false, every: everyMs } = flags;
      if (showValues && report === undefined)
        self.error("error: option '--show-values' is about '--report', which is missing");
      found({ name: 'sync', ...syncOptions(flags), ...tellingOf(flags), plan, everyMs, report, showValues });
    });
  add('preview', 'say what sync would do, without writing anything', ['text', 'json'])
    .option('--show <count>', 'print what the first requests of each stream would say of so many records', count)
    .action((flags: SyncFlags) => found({ name: 'preview', ...syncOptions(flags), show: flags.show ?? 0 }));
}

function addUndo(parser: Parser, program: Program, found: Found): void {
  addCommand(parser, program, 'undo', '--config FILE --run ID [options]', 'give records back what a run has replaced')
    .allowExcessArguments(false)
    .requiredOption('--config <file>', 'the configuration that the run had', file)
    .requiredOption('--run <id>', 'the run, or the beginning of its id', filled)
    .option('--apply', 'do it; without this, say only what would be done')
    .addOption(
      new Option('--output <format>', 'of stdout; default: text on a terminal, json elsewhere').choices([
        'text',
        'json',
      ]),
    )
    .option('--run-id <id>', 'name the run that undoes; default: a new id', filled)
    .addOption(new Option('--quiet', 'print nothing but the summary and errors').conflicts('verbose'))
    .addOption(new Option('--verbose', 'print each request, without its content'))
    .addOption(new Option('--log-format <format>', 'of stderr; default: text').choices(['text', 'json']))
    .addOption(progressEvery())
    .action(({ run, apply, ...flags }: SyncFlags & { run: string; apply?: true }) => {
      const { config, output } = flags;
      if (!apply) return found({ name: 'undo', config, state: undefined, output, run });
      const page = { report: undefined, showValues: false };
      found({ name: 'sync', ...syncOptions(flags), ...tellingOf(flags), ...page, everyMs: undefined, undone: run });
    });
}

const progressEvery = (): Option =>
  new Option('--progress-every <duration>', 'say where the run is so often: 5s, 1m; default: 30s').argParser(duration);

const tellingOf = ({ logFormat = 'text', progressEvery: progressEveryMs = PROGRESS_EVERY_MS }: SyncFlags) => ({
  logFormat,
  progressEveryMs,
});

const syncOptions = ({
  config,
  stream = [],
  output,
  full,
  retryRejects,
  runId,
  quiet,
  verbose,
}: SyncFlags): SyncOptions => ({
  config,
  streams: [...new Set(stream)],
  output,
  full: full === true,
  retryRejects: retryRejects === true,
  runId,
  verbosity: quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
});

const filled = (value: string): string => {
  if (value.trim() === '') throw new InvalidArgumentError('Expected text that is not empty.');
  return value;
};

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, filled(value)];

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const duration = (value: string): number => {
  const [, number, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(value) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Expected a duration such as 90s, 30m, 1h or 1d.');
  return Number(number) * units[unit!]!;
};

const count = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(value);
};
