import type { RunAbout } from '../../facts/about.ts';
import { number } from '../../facts/number-text.ts';
import type { RunStatus, StreamReport } from '../../facts/report.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { duration } from '../../listeners/run-view.ts';
import { nextStep } from '../../text/remedies.ts';
import { type Html, html, nothing } from '../html.ts';
import { time } from '../words.ts';

/** What was synced, from where to where and in whose name, how it ended, and what to do next. */
export function heading({ run, streams, about }: RunReport): Html {
  const { id, status, startedAt, finishedAt, retryAt, error, notices = [] } = run;
  const facts: readonly (readonly [string, string | Html])[] = [
    ...(about === undefined ? [] : placesOf(about)),
    ['Run', html`<code>${id}</code>`],
    ['Started', time(startedAt)],
    ['Took', finishedAt === undefined ? 'unknown' : duration(finishedAt - startedAt)],
    ...(retryAt === null ? [] : [['Go on at', time(Date.parse(retryAt))] as const]),
  ];
  const next = KILLED[status] ?? nextStep({ status: status as RunStatus, retry_at: retryAt, error });
  return html`<header><h1>${titleOf(streams)} <strong class="status ${COLOURS[status]}">${status}</strong></h1>
${about === undefined ? nothing : html`<p class="what">${whatOf(streams, about)}</p>`}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${tiles(streams)}
${error === undefined ? nothing : html`<p class="error">${error}</p>`}
${notices.map(({ message }) => html`<p class="notice">${message}</p>`)}
${next === '' ? nothing : html`<p class="next">${next}</p>`}</header>`;
}

const titleOf = (streams: readonly StreamReport[]): string =>
  streams.length === 0 ? 'A run' : streams.map(({ name }) => name).join(', ');

/** `contacts: upsert of contacts from marts.people`, stream by stream. */
function whatOf(streams: readonly StreamReport[], about: RunAbout): readonly Html[] {
  return streams.map(({ name, mode, object }, i) => {
    const from = about.streams.find((stream) => stream.name === name)?.from;
    return html`${i > 0 ? '; ' : ''}${mode} of ${object}${from === undefined ? '' : html` from <code>${from}</code>`}`;
  });
}

const placesOf = ({
  source,
  address,
  workspace,
  acts_as,
  by,
}: RunAbout): readonly (readonly [string, string | Html])[] => [
  ['From', html`<code>${source}</code>`],
  ['To', html`<code>${address ?? 'unknown'}</code>`],
  ['Workspace', workspace === null ? 'unknown' : html`<code>${workspace}</code>`],
  ['In the name of', acts_as ?? 'unknown'],
  ['Run by', by],
];

const TILES = ['created', 'updated', 'unchanged', 'rejected', 'deferred'] as const;

/** The counts that most people come for. */
function tiles(streams: readonly StreamReport[]): Html {
  if (streams.length === 0) return nothing;
  const sum = (key: (typeof TILES)[number] | 'read') => streams.reduce((total, stream) => total + stream[key], 0);
  return html`<p class="rows">${number(sum('read'))} ${sum('read') === 1 ? 'row' : 'rows'} read</p>
<ul class="tiles">${TILES.map((name) => html`<li class="tile-${name}${sum(name) === 0 ? ' none' : ''}"><b>${number(sum(name))}</b> ${name}</li>`)}</ul>`;
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
  running: 'The run has not ended, or it was killed and no other run has followed.',
};
