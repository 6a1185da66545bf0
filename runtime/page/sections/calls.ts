import { number } from '../../facts/number-text.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { stackedColumns } from '../charts/stacked-columns.ts';
import { type Html, html, nothing } from '../html.ts';
import { table } from '../table.ts';
import { milliseconds, shortTime } from '../words.ts';

/** Which requests were sent when, how long they took, and which had to be sent again. */
export function callsSection({ calls }: RunReport): Html {
  const { totals, overTime, waits, slowest, costs } = calls;
  if (totals.length === 0) return html`<section><h2>Calls</h2><p>No request was sent.</p></section>`;
  const order = totals.map(({ request }) => request);
  return html`<section><h2>Calls over time</h2>
<article>${stackedColumns('Calls over time, by request', overTime, { order, waits })}</article></section>
<section><h2>Calls by request</h2><article>${totalsTable(totals)}<p class="note">${againText(totals)}</p></article></section>
${
  costs.length === 0
    ? nothing
    : html`<section><h2>What fields cost</h2><article>${costsTable(costs)}
<p class="note">A call counts for a field that it wrote to one record at least. Those that wrote nothing else would not have been made without it.</p></article></section>`
}
<section><h2>Slowest calls</h2><article>${slowestTable(slowest)}</article></section>`;
}

const totalsTable = (totals: RunReport['calls']['totals']): Html =>
  table(
    ['request', 'calls', 'records', 'median', '95 % within', 'sent again', '429', '408, 5xx', 'no answer'],
    totals.map(({ request, calls, records, medianMs, p95Ms, again, rateLimited, errors, unanswered }) => [
      html`<code>${request}</code>`,
      calls,
      records,
      milliseconds(medianMs),
      milliseconds(p95Ms),
      again,
      rateLimited,
      errors,
      unanswered,
    ]),
  );

function againText(totals: RunReport['calls']['totals']): string {
  const sum = (key: 'again' | 'rateLimited') => totals.reduce((total, each) => total + each[key], 0);
  if (sum('again') + sum('rateLimited') === 0) return 'No request had to be sent again, and none was answered 429.';
  return `${number(sum('again'))} sent again, ${number(sum('rateLimited'))} answered 429 (rate limit).`;
}

const costsTable = (costs: RunReport['calls']['costs']): Html =>
  table(
    ['field', 'request', 'calls', 'for it alone', 'of all'],
    costs.map(({ field, request, calls, alone, of }) => [
      html`<code>${field}</code>`,
      html`<code>${request}</code>`,
      calls,
      alone,
      of,
    ]),
  );

const slowestTable = (slowest: RunReport['calls']['slowest']): Html =>
  table(
    ['took', 'request', 'at (UTC)', 'answer', 'records', 'attempt'],
    slowest.map(({ request, status, startedAt, ms, attempt, records }) => [
      milliseconds(ms),
      html`<code>${request}</code>`,
      shortTime(startedAt, 0),
      status === undefined ? 'none' : String(status),
      records ?? '–',
      attempt,
    ]),
  );
