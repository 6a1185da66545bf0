import { join } from 'node:path';
import type { Secrets } from '../config/secrets.ts';
import type { RunConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { writePage } from '../page/report-file.ts';
import type { SourceOptions } from '../source/source.ts';
import { storedReport } from '../state/stored-report.ts';
import type { Output } from '../text/output.ts';
import { file, filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { flag, optional, required } from './shared/option.ts';
import { configured } from './shared/session.ts';

/** What `report` was asked for. */
export interface ReportOptions {
  /** The file to write. */
  readonly to: string;
  /** The id of a run, or its beginning; absent: the last run. */
  readonly run?: string | undefined;
  /** A configuration that names the state store. */
  readonly config?: string | undefined;
  /** The state store itself. */
  readonly state?: string | undefined;
  readonly showValues: boolean;
}

/** What `report` needs of the process that it runs in. */
export interface ReportSession {
  readonly output: Output;
  readonly secrets: Secrets;
  readonly program: { readonly name: string; readonly version: string };
  /** What a configuration file says of the state store. */
  readonly statePath: (config: string) => Promise<RunConfig['state']>;
  readonly source: SourceOptions;
}

/** Writes a page about a run that has ended. */
export const report = defineCommand({
  name: 'report',
  summary: 'write a page about a run that has ended',
  options: {
    to: required('file', 'the page to write, in HTML', file),
    run: optional('id', 'the run, by its id or the beginning of it; default: the last one', filled),
    config: optional('file', 'the configuration of the runs, which names their state store', filled),
    state: optional('path', 'the state store; default: that of a configuration which names none', file, {
      conflicts: ['config'],
    }),
    showValues: flag('show values of rejected rows'),
  },
  examples: [
    ['report --to report.html', 'the last run'],
    ['report --run 837f4539 --to report.html --config sync.yaml', 'this run; the beginning of its id is enough'],
    ['report --to report.html --show-values', 'with values of rejected rows'],
  ],
  notes: ['Values of rows are in the page only with --show-values; it is for its owner to read (mode 0600).'],
  run: (asked, session) =>
    reportCommand(asked, {
      ...session,
      statePath: async (path) => (await configured(session, path, 'sync')).config.state,
    }),
});

/** Where runs keep their state when nobody has said otherwise. */
export const defaultStatePath = (program: string): string => join(`.${program}`, 'state.duckdb');

/** Writes the page of a run that a state store knows, says so on stdout, and returns the exit code. */
export async function reportCommand(options: ReportOptions, session: ReportSession): Promise<number> {
  const { output, secrets, program } = session;
  const path = await pathOf(options, session);
  const report = await storedReport({ path, runId: options.run }, session.source);
  writePage(options.to, { ...report, program: `${program.name} ${program.version}` }, secrets, options);
  await output.text(`Run ${report.run.id} (${report.run.status}): ${options.to}`);
  return 0;
}

async function pathOf({ config, state }: ReportOptions, session: ReportSession): Promise<string> {
  if (config === undefined) return state ?? defaultStatePath(session.program.name);
  const configured = await session.statePath(config);
  if (configured?.type === 'duckdb' && configured.path !== undefined) return configured.path;
  throw new ConfigFailure(
    'state.type: these runs keep no state, so nothing is known of them any more. Use sync --report.',
    {
      code: 'no_report',
    },
  );
}
