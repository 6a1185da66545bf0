import { join } from 'node:path';
import type { Secrets } from '../config/secrets.ts';
import type { RunConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { EXIT_CODES, EXIT_USAGE } from '../facts/report.ts';
import { writePage } from '../page/report-file.ts';
import { messageOf } from '../run/sync.ts';
import type { SourceOptions } from '../source/source.ts';
import { storedReport } from '../state/stored-report.ts';
import type { Output } from '../text/output.ts';
import type { ReportOptions } from './report-arguments.ts';

/** What `report` needs of the process that it runs in. */
export interface ReportSession {
  readonly output: Output;
  readonly secrets: Secrets;
  readonly program: { readonly name: string; readonly version: string };
  /** What a configuration file says of the state store. */
  readonly statePath: (config: string) => Promise<RunConfig['state']>;
  readonly source: SourceOptions;
}

/** Where runs keep their state when nobody has said otherwise. */
export const defaultStatePath = (program: string): string => join(`.${program}`, 'state.duckdb');

/** Writes the page of a run that a state store knows, says so on stdout, and returns the exit code. */
export async function reportCommand(options: ReportOptions, session: ReportSession): Promise<number> {
  const { output, secrets, program } = session;
  try {
    const path = await pathOf(options, session);
    const report = await storedReport({ path, runId: options.run }, session.source);
    writePage(options.to, { ...report, program: `${program.name} ${program.version}` }, secrets, options);
    await output.text(`Run ${report.run.id} (${report.run.status}): ${options.to}`);
    return EXIT_CODES.succeeded;
  } catch (error) {
    const isForeseen = error instanceof ConfigFailure || isFileError(error);
    await output.error((!isForeseen && error instanceof Error && error.stack) || messageOf(error));
    return error instanceof ConfigFailure ? EXIT_USAGE : EXIT_CODES.failed;
  }
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

const isFileError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
