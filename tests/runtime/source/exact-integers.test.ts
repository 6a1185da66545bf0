import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withExactIntegers } from '../../../runtime/source/exact-integers.ts';
import { membersOf } from '../../../runtime/source/json-text.ts';
import { runs } from '../../support/runs.ts';

test('integers that JavaScript would change become strings, and nothing else does', () => {
  const leaf = fc.oneof(
    fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
    fc.string({ unit: fc.constantFrom('"', '\\', ':', ',', '[', '1', '9', '{', '\u2028') }),
    fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
    fc.constantFrom(null, true),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tree), fc.boolean(), (value, spaced) => {
      const raw: string[] = [];
      const mark = (_: string, each: unknown) => (typeof each === 'bigint' ? `#${raw.push(String(each)) - 1}#` : each);
      const text = JSON.stringify(value, mark, spaced ? 1 : 0).replaceAll(/"#(\d+)#"/g, (_, i) => raw[i]!);
      const exact = (_: string, each: unknown) => {
        if (typeof each !== 'bigint') return each;
        return Number.isSafeInteger(Number(each)) ? Number(each) : String(each);
      };
      expect(JSON.parse(withExactIntegers(text))).toEqual(JSON.parse(JSON.stringify(value, exact)));
    }),
    { numRuns: runs(100) },
  );
});

test('the members of an object come in the characters they have', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string(),
        fc.json().map((json) => JSON.parse(json)),
      ),
      fc.boolean(),
      (value, spaced) => {
        const members = membersOf(JSON.stringify(value, undefined, spaced ? 2 : 0), 0);
        expect(Object.fromEntries(members.map(({ key }) => [key, value[key]]))).toEqual({ ...value });
        expect(JSON.parse(`{${members.map(({ text }) => text).join(',')}}`)).toEqual({ ...value });
      },
    ),
  );
});
