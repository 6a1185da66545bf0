import type { RunReport } from '../facts/run-report.ts';
import { html } from './html.ts';
import { style } from './page-style.ts';
import { callsSection } from './sections/calls.ts';
import { changedSection } from './sections/changed-fields.ts';
import { earlierSection } from './sections/earlier-runs.ts';
import { heading } from './sections/heading.ts';
import { quotaSection } from './sections/quota.ts';
import { rejectsSection } from './sections/rejects.ts';
import { streamsSection } from './sections/streams.ts';

/** The page about a run: one file of HTML, without scripts, that loads nothing from anywhere. */
export const page = (report: RunReport, options: { readonly showValues: boolean }): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Run ${report.run.id}: ${report.run.status}</title>
<style>${style}</style>
</head>
<body>
${heading(report)}
<main>
${rejectsSection(report, options)}
${streamsSection(report)}
${changedSection(report)}
${earlierSection(report)}
<details class="technical"><summary><h2>Technical: calls and rate limits</h2></summary>
${callsSection(report)}
${quotaSection(report)}
</details>
</main>
<footer>${report.program}. Times are UTC.</footer>
</body>
</html>
`.text;
