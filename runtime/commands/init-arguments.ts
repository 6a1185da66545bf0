import type { Command as Parser } from 'commander';
import type { InitOptions } from '../init/init-options.ts';

interface InitFlags extends Omit<InitOptions, 'yes' | 'force' | 'add' | 'json'> {
  yes?: true;
  add?: true;
  json?: true;
  force?: true;
}

/** The options of `init`, each the answer to a question that it would ask. */
export function addInitOptions(command: Parser, found: (options: InitOptions) => void): void {
  command
    .allowExcessArguments(false)
    .option('--source <path>', 'a DuckDB database, or an Arrow, Parquet, CSV or JSON file')
    .option('--table <name>', 'the table or view to read')
    .option('--query <sql>', 'the SELECT to read, instead of a table')
    .option('--skip <lines>', 'how many lines stand above the header of a CSV file')
    .option('--object <name>', 'what the rows become')
    .option('--match <column>', 'the column by which records are found')
    .option('--key-variable <name>', 'the environment variable that holds the API key')
    .option('--api-base-url <url>', 'where the API is, when not in its usual place')
    .option('--to <file>', 'the file to write; default: sync.yaml')
    .option('--add', 'add a stream to the file, if it exists')
    .option('--json', 'write nothing: print tables, columns and suggestions as JSON')
    .option('--yes', 'ask nothing: take what is suggested')
    .option('--force', 'overwrite the file if it exists')
    .action(({ yes, force, add, json, ...flags }: InitFlags) =>
      found({ ...flags, yes: yes === true, force: force === true, add: add === true, json: json === true }),
    );
}
