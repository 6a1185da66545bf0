import { Option, type Command as Parser } from 'commander';
import { file } from './file-argument.ts';

/** What `report` was asked for. */
export interface ReportOptions {
  /** The file to write. */
  readonly to: string;
  /** The id of a run, or its beginning; absent: the last run. */
  readonly run?: string;
  /** A configuration that names the state store. */
  readonly config?: string;
  /** The state store itself. */
  readonly state?: string;
  readonly showValues: boolean;
}

interface ReportFlags extends Omit<ReportOptions, 'showValues'> {
  showValues?: true;
}

/** The options of `report`. */
export function addReportOptions(command: Parser, found: (options: ReportOptions) => void): void {
  command
    .allowExcessArguments(false)
    .requiredOption('--to <file>', 'the page to write, in HTML', file)
    .option('--run <id>', 'the run, by its id or the beginning of it; default: the last one')
    .option('--config <file>', 'the configuration of the runs, which names their state store', file)
    .addOption(
      new Option('--state <path>', 'the state store; default: that of a configuration which names none')
        .argParser(file)
        .conflicts('config'),
    )
    .option('--show-values', 'show values of rejected rows')
    .action(({ showValues, ...flags }: ReportFlags) => found({ ...flags, showValues: showValues === true }));
}
