import { number } from '../../facts/number-text.ts';
import type { Series } from '../../facts/time-series.ts';
import { type Html, html } from '../html.ts';
import { area, level } from './plot.ts';

/** How far something was used over time, against its limit where there is one. Small, and without axes. */
export function levelOverTime(label: string, { values }: Series, limit: number | undefined): Html {
  const used = values['used'] ?? [];
  const peak = Math.max(1, ...used);
  const size = { width: used.length, height: Math.ceil(Math.max(peak, limit ?? 0) * 104) / 100 };
  const line = limit === undefined ? html`` : level(limit, size);
  const isFull = limit !== undefined && peak >= limit;
  return html`<svg class="small" viewBox="0 0 ${size.width} ${size.height}" preserveAspectRatio="none" role="img"
aria-label="${label}: ${number(peak)} at most">${area(used, size.height, isFull ? 'full' : 'c0')}${line}</svg>`;
}
