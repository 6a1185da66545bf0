import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Positions } from '../../../../runtime/deliver/contended/positions.ts';

test('holds what was added and not deleted since', () => {
  const positions = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('add', 'delete'), positions)), (steps) => {
      const [ours, model] = [new Positions(), new Set<number>()];
      for (const [what, position] of steps) {
        ours[what as 'add' | 'delete'](position);
        model[what as 'add' | 'delete'](position);
      }
      for (const [, position] of steps)
        for (const one of [position - 1, position, position + 1]) expect(ours.has(one)).toBe(model.has(one));
    }),
  );
});
