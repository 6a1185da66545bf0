import { number } from '../../facts/number-text.ts';
import type { EarlierRun, RunReport } from '../../facts/run-report.ts';
import { duration } from '../../listeners/run-view.ts';
import { columns, hints, plot } from '../charts/plot.ts';
import { type Html, html, nothing } from '../html.ts';
import { table } from '../table.ts';

/** This run beside those before it. */
export function earlierSection(report: RunReport): Html {
  if (report.earlier.length === 0) return nothing;
  const runs = [...report.earlier].reverse().concat(asEarlier(report));
  const charts = (['written', 'rejected', 'deferred', 'calls'] as const).map((key) => chart(NAMES[key], key, runs));
  return html`<section><h2>This run and those before</h2>
<article><div class="windows runs">${charts}</div>${runsTable(runs.toReversed())}</article></section>`;
}

const NAMES = {
  written: 'created or updated',
  rejected: 'rejected',
  deferred: 'deferred',
  calls: 'calls',
} as const;

function chart(name: string, key: keyof typeof NAMES, runs: readonly EarlierRun[]): Html {
  const values = runs.map((run) => run[key]);
  const height = Math.max(1, ...values);
  const last = values.map((value, i) => (i === values.length - 1 ? value : 0));
  const before = values.map((value, i) => (i === values.length - 1 ? 0 : value));
  const bases = values.map(() => 0);
  const shapes = [
    columns(before, bases, height, 'before'),
    columns(last, bases, height, 'c0'),
    ...hints(
      runs.map((run) => `${run.id}: ${number(run[key])} ${name}`),
      height,
    ),
  ];
  return html`<figure>${plot(name, { width: values.length, height, shapes })}<figcaption><b>${name}</b> ${number(values.at(-1)!)}</figcaption></figure>`;
}

const runsTable = (runs: readonly EarlierRun[]): Html =>
  table(
    ['run', 'started (UTC)', 'took', 'status', 'read', 'written', 'rejected', 'deferred', 'calls'],
    runs.map(({ id, startedAt, finishedAt, status, read, written, rejected, deferred, calls }) => [
      html`<code>${id.slice(0, 8)}</code>`,
      new Date(startedAt).toISOString().slice(0, 16).replace('T', ' '),
      finishedAt === undefined ? '–' : duration(finishedAt - startedAt),
      status,
      read,
      written,
      rejected,
      deferred,
      calls,
    ]),
  );

function asEarlier({ run, streams, calls }: RunReport): EarlierRun {
  const sum = (key: 'read' | 'created' | 'updated' | 'rejected' | 'deferred') =>
    streams.reduce((total, stream) => total + stream[key], 0);
  return {
    id: run.id,
    status: run.status,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    read: sum('read'),
    written: sum('created') + sum('updated'),
    rejected: sum('rejected'),
    deferred: sum('deferred'),
    calls: calls.totals.reduce((total, each) => total + each.calls, 0),
  };
}
