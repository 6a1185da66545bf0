import { type Html, html } from '../html.ts';

/** One part of a whole. */
interface Share {
  readonly name: string;
  readonly value: number;
}

// A row of a million must be seen: it is the one that somebody looks for.
const leastPercent = 0.6;

/** The parts of a whole side by side, coloured by their names. */
export function shareBar(label: string, shares: readonly Share[]): Html {
  const present = shares.filter(({ value }) => value > 0);
  const whole = present.reduce((sum, { value }) => sum + value, 0);
  const widths = present.map(({ value }) => Math.max(leastPercent, (value / whole) * 100));
  const total = widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const shapes = present.map(({ name }, i) => {
    const shape = html`<rect class="${name}" x="${x}" width="${widths[i]!}" height="1"/>`;
    x += widths[i]!;
    return shape;
  });
  return html`<svg class="bar" viewBox="0 0 ${Math.max(total, 1)} 1" preserveAspectRatio="none" role="img" aria-label="${label}">${shapes}</svg>`;
}
