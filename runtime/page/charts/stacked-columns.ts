import { number } from '../../facts/number-text.ts';
import type { Series } from '../../facts/time-series.ts';
import { duration } from '../../listeners/run-view.ts';
import { type Html, html } from '../html.ts';
import { shortTime } from '../words.ts';
import { columns, hints, plot, timesAlong } from './plot.ts';

/** How many classes of colours there are; what comes after shares the last one. */
const colours = 6;

/** Counts over time, one on the other, with what stands for what. */
export function stackedColumns(label: string, series: Series, order: readonly string[]): Html {
  const width = series.values[order[0] ?? '']?.length ?? 1;
  const steps = Array.from({ length: width }, (_, step) => step);
  const of = (name: string, step: number) => series.values[name]?.[step] ?? 0;
  const totals = steps.map((step) => order.reduce((sum, name) => sum + of(name, step), 0));
  const height = Math.max(1, ...totals);
  const bases = steps.map(() => 0);
  const shapes = order.map((name, i) => {
    const values = steps.map((step) => of(name, step));
    const shape = columns(values, bases, height, colourOf(i));
    for (const step of steps) bases[step]! += values[step]!;
    return shape;
  });
  const texts = steps.map((step) => hintOf(series, order, step));
  return html`${plot(label, { width, height, shapes: [...shapes, ...hints(texts, height)], axis: timesAlong(series) })}
<ul class="legend">${order.map((name, i) => html`<li><i class="${colourOf(i)}"></i>${name}</li>`)}</ul>
<p class="note">A column is ${duration(series.stepMs)}.</p>`;
}

const colourOf = (i: number): string => `c${Math.min(i, colours - 1)}`;

function hintOf({ from, stepMs, values }: Series, order: readonly string[], step: number): string {
  const told = order.flatMap((name) => {
    const value = values[name]?.[step] ?? 0;
    return value > 0 ? [`${number(value)} ${name}`] : [];
  });
  return told.length === 0 ? '' : `${shortTime(from + step * stepMs, 0)}: ${told.join(', ')}`;
}
