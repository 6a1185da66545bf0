import type { Readable } from 'node:stream';
import type { Secrets } from '../config/secrets.ts';
import type { Environment } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { InitOptions } from '../init/init-options.ts';
import type { Scaffolder } from '../init/scaffolder.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Output } from '../text/output.ts';
import { text } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { flag, optional } from './shared/option.ts';

/** What the command needs of the world around it. */
interface InitTerminal {
  readonly output: Output;
  readonly secrets: Secrets;
  readonly stdin: Readable;
  /** Writes to stderr at once, without a line break behind it. */
  readonly ask: (text: string) => void;
  readonly environment: Environment;
  readonly source: SourceOptions;
  readonly signal: AbortSignal;
  readonly program: string;
}

/** Writes a first configuration. */
export const init = defineCommand({
  name: 'init',
  summary: 'write a first configuration, asking a few questions',
  options: {
    source: optional(
      'path',
      'a database, an Arrow, Parquet, CSV or JSON file, or an address: postgres://HOST/DATABASE',
      text,
    ),
    table: optional('table', 'the table or view to read', text),
    query: optional('sql', 'the SELECT to read, instead of a table', text),
    skip: optional('lines', 'how many lines stand above the header of a CSV file', text),
    object: optional('name', 'what the rows become', text),
    match: optional('column', 'the column by which records are found', text),
    keyVariable: optional('name', 'the environment variable that holds the API key', text),
    apiBaseUrl: optional('url', 'where the API is, when not in its usual place', text),
    to: optional('file', 'the file to write; default: sync.yaml', text),
    add: flag('add a stream to the file, if it exists'),
    json: flag('write nothing: print tables, columns and suggestions as JSON'),
    tables: flag('write nothing: print the names of tables and views, a line each', { conflicts: ['json'] }),
    yes: flag('ask nothing: take what is suggested'),
    force: flag('overwrite the file if it exists'),
  },
  examples: [
    ['init', 'asks what it must know'],
    ['init --source warehouse.duckdb --table marts.contacts --yes', 'asks nothing'],
  ],
  notes: ['No value of a row is printed or written, and the key never is.'],
  run: async (asked, { program, run, ...session }) => {
    const { name } = program;
    const scaffolder = await program.scaffolder?.();
    if (!scaffolder) throw new ConfigFailure(`${name} writes no configuration.`, { code: 'invalid_usage' });
    return initCommand(scaffolder, asked, { ...session, program: name, signal: run.signal });
  },
});

/** Runs `init`: questions on stderr, answers from stdin, what was found and what to do next on stdout. */
async function initCommand(scaffolder: Scaffolder, options: InitOptions, terminal: InitTerminal): Promise<number> {
  const { output, secrets, stdin, ask, signal, ...world } = terminal;
  const { createInterface } = await import('node:readline');
  const { init: firstConfiguration } = await import('../init/init.ts');
  const { asked, suggested } = await import('../init/questions.ts');
  const lines =
    options.yes || options.json || options.tables ? undefined : createInterface({ input: stdin, terminal: false });
  try {
    const next = await firstConfiguration(scaffolder, options, {
      ...world,
      signal,
      answers: lines === undefined ? suggested : asked(lines, ask, signal),
      tell: (text) => output.text(`\n${text}\n\n`),
      hide: (secret) => secrets.add(secret),
    });
    await output.text(next);
    return 0;
  } finally {
    lines?.close();
    // A pipe that stays open would keep the process alive.
    stdin.destroy();
  }
}
