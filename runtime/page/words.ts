import { type Html, html } from './html.ts';

/** A time to the second, with its zone: `2026-11-22 01:30:19 UTC`. */
export const time = (at: number): Html => {
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 19)} UTC</time>`;
};

/** A time of the day, in UTC: `01:30:19`; with the date where the span shown is longer than a day. */
export const shortTime = (at: number, spanMs: number): string => {
  const text = new Date(at).toISOString();
  return spanMs > 86_400_000 ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(11, 19);
};

/** Milliseconds as people read them: `43 ms`, `1.2 s`. */
export const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

/** A share to one decimal; what is more than nothing is not 0. */
export const percent = (part: number, whole: number): string => {
  if (whole === 0) return '0 %';
  const share = (part / whole) * 100;
  return share > 0 && share < 0.1 ? '< 0.1 %' : `${share.toLocaleString('en-US', { maximumFractionDigits: 1 })} %`;
};

/** A text in which addresses are links. */
export const linked = (text: string): Html =>
  html`${text
    .split(/(https:\/\/[^\s<>"']+[^\s<>"'.,;:)])/)
    .map((part, i) => (i % 2 === 0 ? part : html`<a href="${part}" rel="noreferrer">${part}</a>`))}`;

/** The first of a text that may be long. */
export const clipped = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)} …` : text;
