import { grouped } from '../../facts/grouped.ts';
import { number } from '../../facts/number-text.ts';
import type { RejectGroup } from '../../facts/reject-samples.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { remedyFor } from '../../text/remedies.ts';
import { type Html, html, nothing } from '../html.ts';
import { clipped, linked } from '../words.ts';

// A page is read; who wants every reason has the rejects file.
const groupsShown = 40;
const messageLength = 300;
const recordLength = 800;
const idLength = 100;

/** Whether values of rows may be shown. */
interface Shown {
  readonly showValues: boolean;
}

/** Why rows were rejected, with examples, and what to do. Values of rows only where they are asked for. */
export function rejectsSection({ rejects, streams }: RunReport, shown: Shown): Html {
  if (rejects.length === 0) return nothing;
  const byCode = grouped(rejects.slice(0, groupsShown), ({ stream, code }) => JSON.stringify([stream, code]));
  const more = rejects.length - groupsShown;
  return html`<section><h2>Rejected rows</h2>
${[...byCode.values()].map((groups) => codeCard(groups, rowsOf(groups, streams), shown))}
${more > 0 ? html`<p class="note">${number(more)} more reasons, each with fewer rows, stand in the rejects file.</p>` : nothing}
${shown.showValues ? nothing : html`<p class="note">Values of rows are hidden; <code>--show-values</code> shows them.</p>`}</section>`;
}

/** The run has counted all of them, also those that it did not look at again. */
const rowsOf = (groups: readonly RejectGroup[], streams: RunReport['streams']): number => {
  const { stream, code } = groups[0]!;
  const counted = streams.find(({ name }) => name === stream);
  const rows = (counted?.reject_codes[code] ?? 0) + (counted?.removed?.reject_codes[code] ?? 0);
  return rows > 0 ? rows : groups.reduce((sum, { rows }) => sum + rows, 0);
};

function codeCard(groups: readonly RejectGroup[], rows: number, shown: Shown): Html {
  const { stream, code } = groups[0]!;
  return html`<article><h3><code>${code}</code> <small>${stream}, ${rowsText(rows)}</small></h3>
<p>What to do: ${remedyFor(code)}.</p>
${groups.map((group) => reason(group, shown))}</article>`;
}

const rowsText = (rows: number): string => `${number(rows)} ${rows === 1 ? 'row' : 'rows'}`;

function reason({ field, endpoint, http_status, isKnown, rows, examples }: RejectGroup, { showValues }: Shown): Html {
  const where = [
    ...(isKnown ? [html`rejected by an earlier run, and unchanged since`] : []),
    ...(field === null ? [] : [html`field <code>${field}</code>`]),
    ...(endpoint === null ? [] : [html`<code>${endpoint}</code>${http_status === null ? '' : ` ${http_status}`}`]),
  ];
  const title = where.map((part, i) => html`${i > 0 ? ', ' : ''}${part}`);
  const messages = [...new Set(examples.map(({ message }) => clipped(message, messageLength)))];
  return html`<div class="reason"><p class="where"><b>${rowsText(rows)}</b> ${title}</p>
${showValues ? examples.map(exampleOf) : html`<ul>${messages.map((message) => html`<li>${linked(message)}</li>`)}</ul>${recordsOf(examples)}`}</div>`;
}

/** The records at the destination that these rows were about. */
function recordsOf(examples: readonly RejectGroup['examples'][number][]): Html {
  const ids = examples.flatMap(({ destination_id }) =>
    destination_id === null ? [] : clipped(destination_id, idLength),
  );
  if (ids.length === 0) return nothing;
  return html`<p>At the destination: ${ids.map((id, i) => html`${i > 0 ? ', ' : ''}<code>${id}</code>`)}</p>`;
}

const exampleOf = ({
  primary_key,
  message,
  destination_id,
  record,
}: RejectGroup['examples'][number]): Html => html`<details>
<summary><code>${primary_key ?? 'no primary key'}</code> ${linked(clipped(message, messageLength))}</summary>
${destination_id === null ? nothing : html`<p>The record at the destination: <code>${clipped(destination_id, idLength)}</code></p>`}
${record === undefined ? nothing : html`<pre>${clipped(JSON.stringify(record, null, 1), recordLength)}</pre>`}</details>`;
