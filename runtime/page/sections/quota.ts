import { grouped } from '../../facts/grouped.ts';
import { number } from '../../facts/number-text.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { levelOverTime } from '../charts/level-over-time.ts';
import { type Html, html, nothing } from '../html.ts';
import { percent } from '../words.ts';

// Below a tenth a window needs no attention, and its area is a line.
const tightAbove = 0.1;

/** How far each window of each rate limit was used, those that were nearly spent first. */
export function quotaSection({ calls, quota }: RunReport): Html {
  const byAction = grouped(calls.windows, ({ action }) => action);
  if (byAction.size === 0) return nothing;
  const shareOf = ({ action, window, peak }: RunReport['calls']['windows'][number]) =>
    peak / (limitOf(quota, action, window)?.limit ?? Number.POSITIVE_INFINITY);
  const actions = [...byAction].map(([action, windows]) => ({
    action,
    windows,
    share: Math.max(...windows.map(shareOf)),
  }));
  const tight = actions.filter(({ share }) => share >= tightAbove).sort((a, b) => b.share - a.share);
  const loose = actions.filter(({ share }) => share < tightAbove);
  const card = ({ action, windows }: (typeof actions)[number]) => html`<article><h3><code>${action}</code></h3>
<div class="windows">${windows.map((window) => windowOf(window, quota))}</div></article>`;
  const rest = quota.length === 0 ? 'No limit is known of these' : `${loose.length} below a tenth of every limit`;
  return html`<section><h2>Rate limits</h2>
${tight.map(card)}
${loose.length === 0 ? nothing : html`<details><summary>${rest}: ${loose.map(({ action }, i) => html`${i > 0 ? ', ' : ''}<code>${action}</code>`)}</summary>${loose.map(card)}</details>`}
<p class="note">The area is what was used of the window that was open, the line its limit. Other tools are in it where the answers were there to tell; what is drawn from a state store counts its own runs.</p></section>`;
}

const limitOf = (quota: RunReport['quota'], action: string, window: string) =>
  quota.find((each) => each.action === action && each.window === window);

function windowOf(
  { action, window, peak, overTime }: RunReport['calls']['windows'][number],
  quota: RunReport['quota'],
): Html {
  const found = limitOf(quota, action, window);
  const limit = found?.limit;
  const most = limit === undefined ? number(peak) : `${number(peak)} of ${number(limit)}`;
  const end =
    found?.used === undefined
      ? nothing
      : html`<small>at the end ${number(found.used)} used (${percent(found.used, found.limit)})</small>`;
  return html`<figure>${levelOverTime(`${action}, ${window}`, overTime, limit)}
<figcaption><b>${window}</b> up to ${most} ${end}</figcaption></figure>`;
}
