import { InvalidArgumentError, Option, type Command as Parser } from 'commander';
import { FILE_FORMATS, type FileFormat } from '../../state/files.ts';
import type { StateCommand, StoreOptions } from './state-command.ts';

type Add = (name: StateCommand['name'], usage: string, description: string) => Parser;
type Found = (command: StateCommand) => void;

interface StoreFlags {
  config?: string;
  state?: string;
  output?: 'text' | 'json';
}

/** The commands that look into a state store, or take something out of it. */
export function addStateCommands(add: Add, found: Found): void {
  const addOne = (name: StateCommand['name'], usage: string, description: string): Parser =>
    add(name, `(--config FILE | --state FILE)${usage}`, description)
      .allowExcessArguments(false)
      .option('--config <file>', 'the configuration that names the state store', filled)
      .option('--state <file>', 'the file of the state store', filled)
      .addOption(
        new Option('--output <format>', 'of stdout; default: text on a terminal, json elsewhere').choices([
          'text',
          'json',
        ]),
      );
  addOne('history', ' [options]', 'list past runs')
    .option('--limit <count>', 'of the runs, newest first; default: 20', count)
    .option('--costs', 'also what each field has cost in calls, in these runs')
    .action(
      checked(({ limit = 20, costs = false, ...flags }: StoreFlags & { limit?: number; costs?: boolean }) =>
        found({ name: 'history', ...storeOf(flags), limit, costs }),
      ),
    );
  addRejects(addOne('rejects', ' [options]', 'list rejected rows, or write them to a file'), found);
  addOne('explain', ' --stream NAME --key KEY', 'say why a row was or was not sent')
    .requiredOption('--stream <name>', 'the stream', filled)
    .requiredOption('--key <key>', 'the primary key of the row', filled)
    .option('--show-values', 'print values of the row too')
    .action(
      checked((flags: StoreFlags & { stream: string; key: string; showValues?: true }) => {
        const { stream, key, showValues = false } = flags;
        found({ name: 'explain', ...storeOf(flags), stream, key, showValues });
      }),
    );
  addOne(
    'forget',
    ' (--stream NAME (--key KEY | --yes) | --limits)',
    'remove what is known of a row, of a stream, or of rate limits',
  )
    .option('--stream <name>', 'the stream', filled)
    .option('--key <key>', 'the primary key of the row; default: all rows of the stream', filled)
    .option('--yes', 'yes, the whole stream')
    .option('--limits', 'instead of rows: the rate-limit windows and pauses of all accounts')
    .action(
      checked((flags: StoreFlags & { stream?: string; key?: string; yes?: true; limits?: true }, self) => {
        const { stream, key, yes, limits } = flags;
        if (limits) {
          if (stream !== undefined || key !== undefined)
            self.error('error: --limits goes with no --stream and no --key');
          return found({ name: 'forget', ...storeOf(flags), limits });
        }
        if (stream === undefined) return self.error('error: say --stream NAME or --limits');
        if (key === undefined && !yes) self.error('error: without --key the whole stream is forgotten: say --yes');
        found({ name: 'forget', ...storeOf(flags), stream, key });
      }),
    );
  addOne('state adopt', ' [--stream NAME]', 'say that the same workspace, or the same source, is at another place now')
    .option('--stream <name>', 'only what this stream is read from; may be given again', collect)
    .action(
      checked(({ stream = [], ...flags }: StoreFlags & { stream?: readonly string[] }) =>
        found({ name: 'state adopt', ...storeOf(flags), streams: [...new Set(stream)] }),
      ),
    );
  addOne('export', ' --to FOLDER', 'write the tables of the state store as Parquet')
    .requiredOption('--to <folder>', 'made where there is none', filled)
    .action(
      checked((flags: StoreFlags & { to: string }) => found({ name: 'export', ...storeOf(flags), to: flags.to })),
    );
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, filled(value)];

interface RejectFlags extends StoreFlags {
  stream?: string;
  code?: string;
  run?: string;
  since?: string;
  all?: true;
  limit?: number;
  showValues?: true;
  to?: string;
  format?: FileFormat;
}

function addRejects(command: Parser, found: Found): void {
  command
    .option('--stream <name>', 'only of this stream', filled)
    .option('--code <code>', 'only with this code', filled)
    .option('--since <date>', 'rejected since then: 2026-01-31, or a time in UTC', date)
    .option('--all', 'every rejection of every run; default: the rows that stand rejected now')
    .option('--run <id>', 'every rejection of this run; the beginning of its id is enough', filled)
    .option('--show-values', 'list the rows, with keys and values')
    .option('--limit <count>', 'of the rows listed, newest first; default: 20 in text, all in json', count)
    .option('--to <file>', 'write the rows, with their values, to this file: .csv, .jsonl or .parquet', filled)
    .addOption(new Option('--format <format>', 'of that file, whatever its name').choices(Object.keys(FILE_FORMATS)))
    .action(
      checked((flags: RejectFlags, self) => {
        const { stream, code, run: runId, since, all = false, showValues = false, limit } = flags;
        const filter = { stream, code, runId, since, all };
        found({ name: 'rejects', ...storeOf(flags), ...filter, showValues, limit, file: fileOf(flags, self) });
      }),
    );
}

function fileOf({ to: path, format }: RejectFlags, self: Parser): { path: string; format: FileFormat } | undefined {
  if (path === undefined) return undefined;
  const known = format ?? suffixes[/\.\w+$/.exec(path)?.[0].toLowerCase() ?? ''];
  if (known === undefined) self.error(`error: --to ${path}: expected .csv, .jsonl or .parquet, or --format`);
  return { path, format: known };
}

const suffixes: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
  '.parquet': 'parquet',
};

const checked =
  <F extends StoreFlags>(action: (flags: F, self: Parser) => void) =>
  (flags: F, self: Parser): void => {
    if (flags.config === undefined && flags.state === undefined) self.error('error: say --config FILE or --state FILE');
    action(flags, self);
  };

const storeOf = ({ config, state, output }: StoreFlags): StoreOptions => ({ config, state, output });

function filled(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('Expected text that is not empty.');
  return value;
}

function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(value);
}

function date(value: string): string {
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?$/.test(value);
  const time = isIso
    ? Date.parse(/[T ]/.test(value) ? `${value.replace(' ', 'T').replace(/Z?$/, 'Z')}` : value)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('Expected a date, 2026-01-31, or a time in UTC, 2026-01-31T12:00.');
  return new Date(time).toISOString().replace('Z', '');
}
