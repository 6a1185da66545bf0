import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import { Html } from './html.ts';

/** How the page looks: on a phone, on a desk, by night, and on paper. */
export const style = new Html(`
:root {
  --paper: #fff; --card: #fff; --ink: #1c2128; --dim: #5b6470; --line: #dfe3e8; --soft: #f4f6f8;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e;
  --created: #2da44e; --updated: #0969da; --unchanged: #b4bcc6; --skipped: #d8dee4; --superseded: #8250df;
  --rejected: #cf222e; --deferred: #d4a72c;
  --c0: #0969da; --c1: #d4720b; --c2: #1a9c77; --c3: #a4469b; --c4: #c7a008; --c5: #6e7781;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1318; --card: #171c23; --ink: #e3e8ee; --dim: #98a3b0; --line: #2c343e; --soft: #1f262f;
    --good: #3fb950; --warn: #d9a520; --bad: #ff7b72;
    --created: #3fb950; --updated: #4c9bff; --unchanged: #5d6875; --skipped: #3a434e; --superseded: #a888ec;
    --rejected: #f0655c; --deferred: #d9a520;
    --c0: #4c9bff; --c1: #f0913a; --c2: #35c29a; --c3: #d57fcc; --c4: #e3c04a; --c5: #8b96a3;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; margin: .5rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
small, .note, footer { color: var(--dim); font-size: .85rem; font-weight: normal; }
code, pre { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--soft); padding: .6rem; margin: .4rem 0; white-space: pre-wrap; border-radius: 6px; }
p { margin: .4rem 0; }
footer { margin: 2rem 0 1rem; }
.status { font-size: .85rem; border: 1px solid; border-radius: 1rem; padding: .1rem .65rem; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 45%), 1fr)); gap: .6rem 1rem; margin: 0; }
.facts dt { color: var(--dim); font-size: .85rem; } .facts dd { margin: 0; font-weight: 600; } .facts code { font-weight: normal; }
.error, .next { border-left: 4px solid var(--bad); background: var(--soft); padding: .5rem .8rem; margin-top: 1rem; white-space: pre-line; }
.next { border-color: var(--c0); }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: 0 0 .8rem; }
.what { color: var(--dim); margin: -.6rem 0 1rem; }
.rows { margin: 1rem 0 .4rem; color: var(--dim); }
.tiles { list-style: none; padding: 0; margin: 0; display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: .6rem; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--line); border-radius: 8px; padding: .6rem .8rem;
  font-size: clamp(.62rem, 2.4vw, .9rem); color: var(--dim); overflow-wrap: normal; }
.tiles b { display: block; font-size: clamp(.8rem, 4vw, 1.6rem); line-height: 1.2; color: var(--ink); font-variant-numeric: tabular-nums; }
.tiles .none b { color: var(--dim); font-weight: normal; }
${['created', 'updated', 'unchanged', 'rejected', 'deferred'].map((name) => `.tile-${name}:not(.none) { border-top-color: var(--${name}); }`).join('\n')}
.notice { border-left: 4px solid var(--warn); background: var(--soft); padding: .5rem .8rem; margin-top: 1rem; }
.technical > summary h2 { display: inline; }
.technical { margin-top: 2rem; }
.bar { display: block; width: 100%; height: 1rem; border-radius: 4px; }
.outcomes, .legend { list-style: none; padding: 0; margin: .7rem 0 0; display: grid; gap: .3rem .6rem; }
.outcomes { grid-template-columns: repeat(7, minmax(0, 1fr)); gap: 0 clamp(2px, .6vw, .6rem); font-size: clamp(7px, 1.95vw, .95rem);
  font-variant-numeric: tabular-nums; }
.outcomes li { line-height: 1.35; overflow-wrap: normal; white-space: nowrap; } .outcomes b, .outcomes small { display: block; font-size: 1em; }
.outcomes li i { width: .6em; height: .6em; margin-right: .3em; }
.outcomes .none { color: var(--dim); } .outcomes .none b { font-weight: normal; }
.legend { font: .85rem ui-monospace, Menlo, Consolas, monospace; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
li i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .4rem; }
.reason { border-top: 1px solid var(--line); padding: .5rem 0 0; margin-top: .5rem; }
.reason ul { margin: .2rem 0; padding-left: 1.2rem; }
summary { cursor: pointer; margin-bottom: .6rem; }
.chart { position: relative; padding-top: 1.1rem; }
.chart .top { position: absolute; top: 0; left: 0; font-size: .75rem; color: var(--dim); line-height: 1; }
.chart svg { display: block; width: 100%; height: 9rem; border: solid var(--line); border-width: 1px 0; }
.axis { display: flex; justify-content: space-between; font-size: .75rem; color: var(--dim); padding-top: .2rem; }
.windows { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .8rem; }
.windows.runs { grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); margin-bottom: 1rem; }
.windows.runs svg { height: 4rem; }
figure { margin: 0; } figcaption { font-size: .85rem; } figcaption small { display: block; }
.small { display: block; width: 100%; height: 4rem; border-bottom: 1px solid var(--line); background: var(--soft); }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; vector-effect: non-scaling-stroke; }
.hint { fill: transparent; } .hint:hover { fill: var(--ink); opacity: .12; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 600; font-size: .8rem; overflow-wrap: normal; } tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
${[...OUTCOME_STATUSES, 'c0', 'c1', 'c2', 'c3', 'c4', 'c5']
  .map((name) => `.${name} { fill: var(--${name}); } i.${name} { background: var(--${name}); }`)
  .join('\n')}
.wait { fill: var(--deferred); opacity: .28; } i.wait { background: var(--deferred); opacity: .45; }
.full { fill: var(--deferred); } .before { fill: var(--unchanged); }
@media (max-width: 42rem) {
  body { padding: .7rem; }
  thead { display: none; }
  table, tbody, tr { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; display: grid; grid-template-columns: 1fr 1fr; gap: .15rem .8rem; }
  tr:last-child { border: 0; }
  td, td.number { border: 0; padding: 0; text-align: left; }
  td:first-child, td:has(code) { grid-column: 1 / -1; }
  .outcomes li i { display: block; width: 100%; height: 4px; margin: 0 0 .2em; }
  .tiles { gap: .3rem; } .tiles li { padding: .4rem .35rem; }
  td::before { content: attr(data-name) " "; color: var(--dim); font-size: .8rem; }
  .chart svg { height: 7rem; }
}
@media print {
  @page { margin: 14mm; }
  :root { --paper: #fff; --card: #fff; --ink: #000; --dim: #444; --line: #bbb; --soft: #f4f4f4;
    --good: #1a7f37; --warn: #7a5200; --bad: #b3121d; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  svg, i, .status { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: .78rem; } th { font-size: .72rem; } article { break-inside: avoid; } h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .tiles li, .error, .next, .notice { print-color-adjust: exact; -webkit-print-color-adjust: exact; break-inside: avoid; }
  .outcomes { font-size: 8pt; } .tiles li { font-size: 8.5pt; } .tiles b { font-size: 14pt; }
}
`);
