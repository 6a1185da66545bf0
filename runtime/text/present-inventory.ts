import { counted } from '../facts/counted.ts';
import { number } from '../facts/number-text.ts';
import type { InventoryResult } from '../run/inventory/read-inventory.ts';

/** What an inventory has come to, in sentences. */
export const inventoryText = (results: readonly InventoryResult[]): string => results.map(sentence).join('\n');

function sentence(result: InventoryResult): string {
  const { object, calls, known, total, changed, complete, stopped, cause } = result;
  const share = total === null ? '' : ` of ${number(total)}${total === 0 ? '' : ` (${percent(known, total)})`}`;
  const parts = [
    `${object}: ${number(known)}${share} known; ${number(changed)} new or changed; ${number(calls)} ${calls === 1 ? 'call' : 'calls'}.`,
    ...(stopped ? [`It has stopped, and goes on when it is run again${cause ? `: ${cause.message}` : '.'}`] : []),
    ...(!stopped && !complete ? [incomplete(known, total)] : []),
    ...doubts(result),
  ];
  return parts.join(' ');
}

const doubts = ({ gone = 0, unremoved = 0, unread = 0 }: InventoryResult): readonly string[] => [
  ...(gone > 0
    ? [`${counted(gone, 'record')} of rows ${isOrAre(gone)} gone from the destination: \`drift\` lists them.`]
    : []),
  ...(unremoved > 0
    ? [
        `${counted(unremoved, 'removal')} from a list ${unremoved === 1 ? 'was' : 'were'} confirmed and not done: the next run repeats ${unremoved === 1 ? 'it' : 'them'}.`,
      ]
    : []),
  ...(unread > 0
    ? [`Search does not show ${counted(unread, 'record')} of rows, which the next inventory reads by id.`]
    : []),
];

const isOrAre = (count: number): string => (count === 1 ? 'is' : 'are');

const incomplete = (known: number, total: number | null): string =>
  total !== null && known > total
    ? 'The destination has fewer than are known: `inventory --full` tells which ones it no longer shows.'
    : 'The destination does not show the others: one query shows only so many, and so do those of its parts.';

const percent = (known: number, total: number): string => `${Math.floor((Math.min(known, total) / total) * 100)} %`;
