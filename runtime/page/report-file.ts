import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder } from '../config/make-folder.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../contract/clock.ts';
import type { SentCall } from '../contract/destination.ts';
import { ConfigFailure, messageOf } from '../contract/failure.ts';
import { CallFacts } from '../facts/call-facts.ts';
import type { RunSummary } from '../facts/report.ts';
import type { RunReport } from '../facts/run-report.ts';
import type { Aftermath } from '../run/run-session.ts';
import { page } from './page.ts';

/** What the page of a run that goes on needs of the dependencies. */
interface ReportDependencies {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly program: { readonly name: string; readonly version: string };
}

/** The page that a run writes about itself at its end, made of what it saw. */
export class ReportFile {
  readonly #path: string;
  readonly #dependencies: ReportDependencies;
  readonly #options: PageOptions;
  readonly #calls: CallFacts;

  constructor(path: string, dependencies: ReportDependencies, options: PageOptions) {
    this.#path = path;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#calls = new CallFacts(dependencies.clock.now());
  }

  add(call: SentCall): void {
    this.#calls.add(call);
  }

  /** Returns where the page is. Throws when it cannot be written. */
  write(summary: RunSummary, aftermath: Aftermath): string {
    const { program, secrets } = this.#dependencies;
    const finishedAt = Date.parse(summary.finished_at);
    const report: RunReport = {
      ...aftermath,
      program: `${program.name} ${program.version}`,
      run: {
        id: summary.run_id,
        status: summary.status,
        startedAt: Date.parse(summary.started_at),
        finishedAt,
        retryAt: summary.retry_at,
        error: summary.error,
        notices: summary.notices,
      },
      streams: summary.streams,
      calls: this.#calls.until(finishedAt),
    };
    writePage(this.#path, report, secrets, this.#options);
    return resolve(this.#path);
  }
}

interface PageOptions {
  readonly showValues: boolean;
}

/** Writes a page, for its owner to read. Throws ConfigFailure where it cannot be written. */
export function writePage(path: string, report: RunReport, secrets: Secrets, options: PageOptions): void {
  const mask = (_: string, value: unknown) => (typeof value === 'string' ? secrets.mask(value) : value);
  const masked = JSON.parse(JSON.stringify(report, mask)) as RunReport;
  const text = page(masked, options);
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw new ConfigFailure(`${path} cannot be written: ${messageOf(error)}`, { code: 'invalid_target' });
  }
}
