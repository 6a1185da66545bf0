import { number } from '../facts/number-text.ts';
import { type Html, html } from './html.ts';

type Cell = string | number | Html;

/** A table; where there is little room, each row becomes a list of its cells with their names. */
export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): Html => html`<table>
<thead><tr>${head.map((name, column) => html`<th${classOf(rows[0]?.[column])}>${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, column) => html`<td data-name="${head[column]!}"${classOf(cell)}>${shown(cell)}</td>`)}</tr>`)}</tbody>
</table>`;

const classOf = (cell: Cell | undefined): Html => (isQuantity(cell) ? html` class="number"` : html``);

/** A count, or one with its unit. */
const isQuantity = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || (typeof cell === 'string' && /^(\d+ ms|\d+\.\d s|–)$/.test(cell));

const shown = (cell: Cell): Cell => (typeof cell === 'number' ? number(cell) : cell);
