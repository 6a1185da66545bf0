import type { Secrets } from '../config/secrets.ts';
import type { StateAt } from '../contract/state-config.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Output } from '../text/output.ts';
import { file, filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { flag, optional, required } from './shared/option.ts';
import { config } from './shared/options.ts';
import { defaultStatePath, hasConfig, type Session, stateAtOf } from './shared/session.ts';

/** What `report` was asked for. */
interface ReportOptions {
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
interface ReportSession {
  readonly output: Output;
  readonly secrets: Secrets;
  readonly program: { readonly name: string; readonly version: string };
  /** Where a configuration keeps its state. */
  readonly stateAt: (config: string | undefined) => Promise<StateAt>;
  readonly source: SourceOptions;
}

/** Writes a page about a run that has ended. */
export const report = defineCommand({
  name: 'report',
  summary: 'write a page about a run that has ended',
  options: {
    to: required('file', 'the page to write, in HTML', file),
    run: optional('id', 'the run, by its id or the beginning of it; default: the last one', filled),
    config: { ...config, says: 'the configuration of the runs, which names their state store; default: sync.yaml' },
    state: optional('path', 'the state store; default: that of the configuration', file, {
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
      stateAt: (config) => stateAtOrDefault(session, config),
    }),
});

/** Writes the page of a run that a state store knows, says so on stdout, and returns the exit code. */
export async function reportCommand(options: ReportOptions, session: ReportSession): Promise<number> {
  const { output, secrets, program } = session;
  const { writePage } = await import('../page/report-file.ts');
  const { storedReport } = await import('../state/runs/stored-report.ts');
  const path = options.state ?? (await session.stateAt(options.config));
  const report = await storedReport({ path, runId: options.run }, session.source);
  writePage(options.to, { ...report, program: `${program.name} ${program.version}` }, secrets, options);
  await output.text(`Run ${report.run.id} (${report.run.status}): ${options.to}`);
  return 0;
}

/** Without any configuration, it is where runs keep their state when nothing else is configured. */
async function stateAtOrDefault(session: Session, config: string | undefined): Promise<StateAt> {
  return config === undefined && !hasConfig(session)
    ? defaultStatePath(session.program.name)
    : stateAtOf(session, config);
}
