import { OUTCOME_STATUSES } from '../../contract/outcome.ts';
import { counted } from '../../facts/counted.ts';
import { number } from '../../facts/number-text.ts';
import { droppedOf, REMOVED_STATUSES, type StreamReport, unfinishedOf } from '../../facts/report.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { shareBar } from '../charts/share-bar.ts';
import { type Html, html, nothing } from '../html.ts';
import { percent } from '../words.ts';

/** What became of the rows of each stream. */
export const streamsSection = ({ streams }: RunReport): Html =>
  streams.length === 0 ? nothing : html`<section><h2>Outcomes</h2>${streams.map(streamCard)}</section>`;

/** What became of records whose rows are gone; of those that there was nothing to do for, only the number. */
function removedText({ removed }: StreamReport): Html {
  if (removed === undefined || removed.found === 0) return nothing;
  const counts = REMOVED_STATUSES.filter((status) => removed[status] > 0).map(
    (status) => `${number(removed[status])} ${status}`,
  );
  return html`<p>Rows that are gone: ${number(removed.found)}. Of their records: ${counts.join(', ')}.</p>`;
}

/** Deferred rows that are written in part. */
function unfinishedText(stream: StreamReport): Html {
  const rows = unfinishedOf([stream]);
  return rows === 0
    ? nothing
    : html`<p>Of the deferred rows ${number(rows)} are <b>created, unfinished</b>: their records are there (or changed in part), and the next run completes them.</p>`;
}

/** Values that did not fit their fields and were left out of rows that were written all the same. */
function droppedText(stream: StreamReport): Html {
  const dropped = droppedOf(stream);
  if (dropped.length === 0) return nothing;
  const counts = dropped.map(
    ({ code, field, values }, i) =>
      html`${i > 0 ? ', ' : ''}${number(values)} <code>${code}</code> of <code>${field}</code>`,
  );
  return html`<p>Values that were left out: ${counts}.</p>`;
}

function streamCard(stream: StreamReport): Html {
  const { name, object, mode, read } = stream;
  const shares = OUTCOME_STATUSES.map((status) => ({ name: status, value: stream[status] }));
  const deferred = Object.entries(stream.deferred_codes);
  return html`<article><h3>${name} <small>${mode} ${object}, ${counted(read, 'row')}</small></h3>
${shareBar(`Outcomes of ${name}`, shares)}
<ul class="outcomes">${shares.map(
    ({ name: status, value }) =>
      html`<li${value === 0 ? html` class="none"` : nothing}><i class="${status}"></i>${status} <b>${number(value)}</b> ${value === 0 ? '' : html`<small>${percent(value, read)}</small>`}</li>`,
  )}</ul>
${deferred.length === 0 ? nothing : html`<p>Deferred: ${deferred.map(([code, count], i) => html`${i > 0 ? ', ' : ''}${number(count)} <code>${code}</code>`)}.</p>`}${unfinishedText(stream)}${droppedText(stream)}${removedText(stream)}</article>`;
}
