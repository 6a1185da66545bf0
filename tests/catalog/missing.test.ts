import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coerce } from '../../catalog/coerce.ts';
import { contacts } from '../../catalog/contact.ts';
import { customFields } from '../../catalog/custom-field.ts';
import { canBeLabel, missingFields, missingOptions, stillMissing, withMissing } from '../../catalog/missing.ts';
import { comparableName } from '../../catalog/normalise.ts';
import type { Field } from '../../catalog/object.ts';
import { textProblem } from '../../catalog/spelling/text.ts';

const idOf = (n: number): string => `5f${n.toString(16).padStart(22, '0')}`;

function picklist(type: 'picklist' | 'multipicklist', names: readonly string[]): Field {
  const picklist_values = names.map((name, i) => ({ id: idOf(i), name }));
  return customFields(contacts, [{ id: idOf(900), label: 'Tier', modality: 'contact', type, picklist_values }])[0]!;
}

const around = { path: 'streams[0]', object: 'contacts' };
const name = fc.oneof(
  fc.constantFrom('Gold', 'gold ', 'Silver', ' BRONZE', 'Ünïted', 'a;b'),
  fc.string({ maxLength: 8 }),
);
const value = fc.oneof(name, fc.constantFrom(null, '', 7, true, idOf(3), '\u0000'));

describe('options', () => {
  test('whatever rows hold: those that are there stay first and as they are, and each value that can be one fits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('picklist', 'multipicklist'),
        fc.uniqueArray(
          name.filter((text) => text.trim() !== ''),
          { selector: comparableName, minLength: 1, maxLength: 5 },
        ),
        fc.array(value, { maxLength: 20 }),
        (type, present, values) => {
          const field = picklist(type as 'picklist', present);
          const names = missingOptions(field, values, around);
          const [after] = withMissing([field], { fields: [], options: [{ field, names }] });
          expect(after!.options!.slice(0, present.length)).toEqual(field.options);
          // No two that people would take for one.
          const all = names.map(comparableName);
          expect(new Set([...present.map(comparableName), ...all]).size).toBe(present.length + all.length);
          for (const one of values) {
            const before = coerce(field, one);
            const now = coerce(after!, one);
            // Nothing that was fit changes, and only what has the form of an id, or cannot be sent, stays unfit.
            if (before.ok) expect(now).toEqual(before);
            else if (!now.ok) expect(textProblem(String(one)) ?? /^[0-9a-f]{24}$/.test(String(one))).toBeTruthy();
          }
          expect(missingOptions(after!, values, around)).toEqual([]);
          expect(stillMissing([after!], { fields: [], options: [{ field, names }] }).options).toEqual([]);
        },
      ),
    );
  });

  test('more than a hundred new ones are refused, a hundred are not', () => {
    const field = picklist('picklist', ['Gold']);
    const many = Array.from({ length: 101 }, (_, i) => `tier ${i}`);
    expect(missingOptions(field, many.slice(1), around)).toHaveLength(100);
    expect(() => missingOptions(field, many, around)).toThrow('more than 100 values');
  });
});

describe('fields', () => {
  const known = customFields(contacts, [{ id: idOf(1), label: 'Region', modality: 'contact', type: 'string' }]);
  const missing = (wanted: Parameters<typeof missingFields>[2], all = false) =>
    missingFields(contacts, known, wanted, {
      all,
      kinds: new Map([
        ['day', 'date'],
        ['at', 'datetime'],
      ]),
    }).map(({ label, type }) => [label, type]);

  test('are missing by label, whatever its case, and each once', () => {
    expect(
      missing([
        { to: 'custom:region', from: 'a', create: 'string' },
        { to: 'custom:Score', from: 'b', create: 'number' },
        { to: 'Custom: score ', from: 'c', create: 'string' },
        { to: 'title', from: 'd' },
      ]),
    ).toEqual([['Score', 'number']]);
  });

  test('take the type of their column, or of their constant', () => {
    expect(
      missing(
        [
          { to: 'custom:A', from: 'day' },
          { to: 'custom:B', from: 'at' },
          { to: 'custom:C', from: 'else' },
          { to: 'custom:D', constant: true },
        ],
        true,
      ),
    ).toEqual([
      ['A', 'date'],
      ['B', 'datetime'],
      ['C', 'string'],
      ['D', 'boolean'],
    ]);
  });

  test.each(['', idOf(7), `contact.${idOf(7)}`, 'powerup_x', 'POWERUP_x'])('%s is no label of a field', (label) => {
    expect(canBeLabel(label)).toBe(false);
    expect(missing([{ to: `custom:${label}`, from: 'a', create: 'string' }], true)).toEqual([]);
  });
});
