import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PositionBytes } from '../../../../runtime/deliver/contended/position-bytes.ts';

test('holds for each position what was set last, and 0 before', () => {
  const positions = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(positions, fc.integer({ min: 0, max: 255 }))), (steps) => {
      const [ours, model] = [new PositionBytes(), new Map<number, number>()];
      for (const [position, value] of steps) {
        ours.set(position, value);
        model.set(position, value);
      }
      for (const [position] of steps)
        for (const one of [position - 1, position, position + 1]) expect(ours.of(one)).toBe(model.get(one) ?? 0);
    }),
  );
});
