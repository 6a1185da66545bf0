import { number } from '../../facts/number-text.ts';
import type { Series } from '../../facts/time-series.ts';
import { type Html, html } from '../html.ts';
import { shortTime } from '../words.ts';

// Shapes are drawn in steps and counts, and stretched to the room there is; text would be stretched with them, and stands
// beside them in HTML. This needs no library: what one would add, scales and ticks, are one division each.

/** Shapes in `width` by `height` units; the height is the highest value. */
interface Plot {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Html[];
  /** What stands below, from left to right. */
  readonly axis?: readonly string[];
}

/** A chart with its frame. */
export const plot = (
  label: string,
  { width, height, shapes, axis = [] }: Plot,
): Html => html`<div class="chart"><span class="top">${number(height)}</span>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${shapes}</svg>
<div class="axis">${axis.map((text) => html`<span>${text}</span>`)}</div></div>`;

/** Filled columns, one a step, each from `base` to `base + value`: one shape for all of them. */
export function columns(values: readonly number[], bases: readonly number[], height: number, className: string): Html {
  const drawn = values.flatMap((value, step) =>
    value > 0 ? [`M${step + 0.06} ${height - bases[step]!}h.88v${-value}h-.88z`] : [],
  );
  return drawn.length === 0 ? html`` : html`<path class="${className}" d="${drawn.join('')}"/>`;
}

/** A level over time, filled down to nothing. */
export function area(values: readonly number[], height: number, className: string): Html {
  const line = values
    .map((value, step) => (value === values[step - 1] ? '' : `H${step}V${rounded(height - value)}`))
    .join('');
  return html`<path class="${className}" d="M0 ${height}${line}H${values.length}V${height}z"/>`;
}

/** A line across. */
export const level = (value: number, { width, height }: { width: number; height: number }): Html =>
  html`<path class="limit" d="M0 ${rounded(height - value)}H${width}"/>`;

/** What a pointer that rests on a step shows. */
export const hints = (texts: readonly string[], height: number): readonly Html[] =>
  texts.map((text, step) =>
    text === ''
      ? html``
      : html`<rect class="hint" x="${step}" width="1" height="${height}"><title>${text}</title></rect>`,
  );

/** Times along a series: where it begins, its middle, its end. */
export function timesAlong({ from, stepMs, values }: Series): readonly string[] {
  const span = stepMs * Math.max(1, ...Object.values(values).map(({ length }) => length));
  return [from, from + span / 2, from + span].map((at, i) => `${shortTime(at, span)}${i === 0 ? ' UTC' : ''}`);
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
