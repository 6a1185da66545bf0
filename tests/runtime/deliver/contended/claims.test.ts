import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Claims } from '../../../../runtime/deliver/contended/claims.ts';

const ids = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3_000 })).map((id) => `record ${id}`);
const steps = fc.array(
  fc.record({ what: fc.constantFrom('claim', 'claim', 'take', 'release'), id: ids, position: fc.nat({ max: 50_000 }) }),
  { maxLength: 2_000, size: 'max' },
);

test('a record has the row that claimed it first, until another takes it or it is released', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const [ours, model] = [new Claims(), new Map<string, number>()];
      for (const { what, id, position } of steps) {
        if (what === 'claim') {
          const holder = model.get(id) ?? position;
          expect(ours.claim(id, position)).toBe(holder);
          model.set(id, holder);
        } else if (what === 'take') {
          ours.take(id, position);
          model.set(id, position);
        } else {
          ours.release(id);
          model.delete(id);
        }
        expect(ours.holderOf(id)).toBe(model.get(id));
      }
      for (const { id } of steps) expect(ours.holderOf(id)).toBe(model.get(id));
    }),
  );
});
