import { number } from '../../facts/number-text.ts';
import type { Pause } from '../../facts/pauses.ts';
import type { Series } from '../../facts/time-series.ts';
import { duration } from '../../listeners/run-view.ts';
import { type Html, html, nothing } from '../html.ts';
import { shortTime } from '../words.ts';
import { columns, hints, plot, timesAlong } from './plot.ts';

/** How many classes of colours there are; what comes after shares the last one. */
const colours = 6;

/** What is drawn over time: names from the bottom to the top, and the times in which nothing was under way. */
interface Drawn {
  readonly order: readonly string[];
  readonly waits: readonly Pause[];
}

/** Counts over time, one on the other, with what stands for what; a wait is a band as wide as it was long. */
export function stackedColumns(label: string, series: Series, { order, waits }: Drawn): Html {
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
  return html`${plot(label, { width, height, shapes: [...bands(series, waits, height), ...shapes, ...hints(texts, height), ...bandHints(series, waits, height)], axis: timesAlong(series) })}
<ul class="legend">${order.map((name, i) => html`<li><i class="${colourOf(i)}"></i>${name}</li>`)}${waits.length === 0 ? nothing : html`<li><i class="wait"></i>waiting</li>`}</ul>
<p class="note">A column is ${duration(series.stepMs)}.${waitsText(waits)}</p>`;
}

function waitsText(waits: readonly Pause[]): string {
  if (waits.length === 0) return '';
  const ms = waits.reduce((sum, { from, until }) => sum + until - from, 0);
  const times = waits.length === 1 ? 'once' : `${number(waits.length)} times`;
  return ` The run waited ${times}, ${duration(ms)} in all: no request was under way.`;
}

const bandOf = ({ from: start, stepMs }: Series, { from, until }: Pause) => ({
  x: Math.round(((from - start) / stepMs) * 1000) / 1000,
  width: Math.round(((until - from) / stepMs) * 1000) / 1000,
});

const bands = (series: Series, waits: readonly Pause[], height: number): readonly Html[] =>
  waits.map((wait) => {
    const { x, width } = bandOf(series, wait);
    return html`<rect class="wait" x="${x}" width="${width}" height="${height}"/>`;
  });

const bandHints = (series: Series, waits: readonly Pause[], height: number): readonly Html[] =>
  waits.map((wait) => {
    const { x, width } = bandOf(series, wait);
    const text = `${shortTime(wait.from, 0)} to ${shortTime(wait.until, 0)} UTC: waited ${duration(wait.until - wait.from)}`;
    return html`<rect class="hint" x="${x}" width="${width}" height="${height}"><title>${text}</title></rect>`;
  });

const colourOf = (i: number): string => `c${Math.min(i, colours - 1)}`;

function hintOf({ from, stepMs, values }: Series, order: readonly string[], step: number): string {
  const shown = order.flatMap((name) => {
    const value = values[name]?.[step] ?? 0;
    return value > 0 ? [`${number(value)} ${name}`] : [];
  });
  return shown.length === 0 ? '' : `${shortTime(from + step * stepMs, 0)} UTC: ${shown.join(', ')}`;
}
