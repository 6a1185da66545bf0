import type { RunReport } from '../../facts/run-report.ts';
import { type Html, html, nothing } from '../html.ts';
import { table } from '../table.ts';

// Who has more fields than these looks into the state store.
const shown = 40;

/** Which fields of existing records the run has changed. */
export function changedSection({ changed }: RunReport): Html {
  if (changed.length === 0) return nothing;
  const rows = changed
    .slice(0, shown)
    .map(({ stream, field, records }) => [stream, html`<code>${field}</code>`, records] as const);
  return html`<section><h2>Changed fields</h2><article>${table(['stream', 'field', 'records'], rows)}
<p class="note">Of records that were there before the run.</p></article></section>`;
}
