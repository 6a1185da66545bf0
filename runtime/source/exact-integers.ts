import { endOfString } from './json-text.ts';

// 2^53 has 16 digits. What stands before it keeps fractions, and most texts that hold digits, from being looked into.
const suspect = /[:,[\s]-?\d{16}/;
const suspects = new RegExp(suspect, 'g');
const numberAt = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * A JSON text whose integers beyond 2^53 are strings, since `JSON.parse` would change them (9999999999999999 becomes
 * 10000000000000000). Texts without such integers come back as they are, at the price of one search.
 */
export const withExactIntegers = (text: string): string => (suspect.test(text) ? quoted(text) : text);

function quoted(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  let outside = 0; // of any string
  suspects.lastIndex = 0;
  for (let hit = suspects.exec(text); hit !== null; hit = suspects.exec(text)) {
    for (let quote = text.indexOf('"', outside); quote >= 0 && quote < hit.index; quote = text.indexOf('"', outside)) {
      outside = endOfString(text, quote);
    }
    if (outside > hit.index) {
      suspects.lastIndex = outside;
      continue;
    }
    numberAt.lastIndex = hit.index + 1;
    const number = numberAt.exec(text)![0];
    suspects.lastIndex = outside = numberAt.lastIndex;
    if (Math.abs(Number(number)) <= Number.MAX_SAFE_INTEGER) continue;
    parts.push(text.slice(copied, hit.index + 1), '"', number, '"');
    copied = outside;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(copied);
}
