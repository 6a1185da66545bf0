import { number } from '../../facts/number-text.ts';
import type { RunStatus } from '../../facts/report.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { duration } from '../../listeners/run-view.ts';
import { nextStep } from '../../text/advice.ts';
import { type Html, html, nothing } from '../html.ts';
import { time } from '../words.ts';

/** Which run it was, how it ended, and what to do next. */
export function heading({ run, streams, calls }: RunReport): Html {
  const { id, status, startedAt, finishedAt, retryAt, error } = run;
  const sum = (key: 'read' | 'created' | 'updated') => streams.reduce((total, stream) => total + stream[key], 0);
  const sent = calls.totals.reduce((total, each) => total + each.calls, 0);
  const facts: readonly (readonly [string, string | Html])[] = [
    ['Started', time(startedAt)],
    ['Took', finishedAt === undefined ? 'unknown' : duration(finishedAt - startedAt)],
    ...(streams.length > 0
      ? [
          ['Rows read', number(sum('read'))] as const,
          ['Created or updated', number(sum('created') + sum('updated'))] as const,
        ]
      : []),
    ['Calls', number(sent)],
    ...(retryAt === null ? [] : [['Go on at', time(Date.parse(retryAt))] as const]),
  ];
  const next = KILLED[status] ?? nextStep({ status: status as RunStatus, retry_at: retryAt, error });
  return html`<header><h1>Run <code>${id}</code> <strong class="status ${COLOURS[status]}">${status}</strong></h1>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${error === undefined ? nothing : html`<p class="error">${error}</p>`}
${next === '' ? nothing : html`<p class="next">${next}</p>`}</header>`;
}

const COLOURS = {
  succeeded: 'good',
  deferred: 'warn',
  cancelled: 'warn',
  rejected: 'bad',
  failed: 'bad',
  interrupted: 'bad',
  running: 'warn',
} as const satisfies Record<RunReport['run']['status'], string>;

const KILLED: Readonly<Record<string, string>> = {
  interrupted: 'The run was killed before it could count its rows. Run again: what was confirmed is kept.',
  running: 'The run has not ended, or was killed and nobody has run since.',
};
