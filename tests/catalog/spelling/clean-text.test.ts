import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coerce } from '../../../catalog/coerce.ts';
import { comparableName } from '../../../catalog/normalise.ts';
import { hasUnseen, isPlainAscii, narrowed, trimmed } from '../../../catalog/spelling/clean-text.ts';
import { textProblem } from '../../../catalog/spelling/text.ts';

const plain = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(' ', 'a', 'B', '.'), maxLength: 12 }),
);
const holds = (of: (text: string) => void): void => fc.assert(fc.property(plain, of), { numRuns: 500 });

test('plain ASCII takes a short way to what the long way makes of it', () => {
  holds((text) => {
    expect(isPlainAscii(text)).toBe(true);
    // A letter or a mark outside ASCII has the same text take the long way.
    expect(comparableName(text)).toBe(comparableName(`${text} é`).slice(0, -1).trim());
    expect(trimmed(text)).toBe(trimmed(`\u200b${text}\u200b`));
    expect(narrowed(text)).toBe(narrowed(`${text}\u3002`).slice(0, -1));
    expect(textProblem(text)).toBe(textProblem(`${text}é`));
    expect(hasUnseen(text)).toBe(hasUnseen(`${text}é`));
  });
});

test('a value of plain ASCII is what it is as one with letters outside it, up to its length', () => {
  const field = (maxLength: number) => ({ name: 'title', type: 'text', maxLength }) as const;
  holds((text) => {
    // The letter that has it take the long way is one more character.
    const long = coerce(field(7), `é${text.trim()}`);
    const short = coerce(field(6), text);
    expect(short.ok).toBe(long.ok);
    if (short.ok && long.ok) expect(short.value).toBe(String(long.value).slice(1));
  });
});

test.each(['\u0000', '\t', '\u007f', 'é', '\u2028', '\ud800'])('%j is not plain', (one) => {
  expect(isPlainAscii(`a${one}`)).toBe(false);
});
