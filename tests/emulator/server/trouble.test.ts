import { expect, test } from 'vitest';
import { concerns } from '../../../emulator/calls/record-trouble.ts';
import { type RequestMatch, Trouble, type TroubleRule } from '../../../emulator/server/trouble.ts';

const request = {
  method: 'PATCH',
  path: '/api/v1/contacts/507f1f77bcf86cd799439011',
  action: 'contacts/update',
  template: 'contacts/{contact_id}',
  rawBody: '{"title":"CTO"}',
};

function firings(match: RequestMatch, requests = 6): number[] {
  const trouble = new Trouble();
  trouble.add([{ match, fault: { kind: 'drop' } }]);
  const fired: number[] = [];
  for (let n = 1; n <= requests; n++) if (trouble.take(request).answer !== null) fired.push(n);
  return fired;
}

test.each([
  [{}, [1, 2, 3, 4, 5, 6]],
  [{ nth: 3 }, [3]],
  [{ nth: 3, times: 2 }, [3, 4]],
  [{ times: 2 }, [1, 2]],
  [{ every: 2 }, [2, 4, 6]],
  [{ every: 2, times: 2 }, [2, 4]],
  [{ method: 'patch' }, [1, 2, 3, 4, 5, 6]],
  [{ method: 'POST' }, []],
  [{ path: 'contacts/update', nth: 1 }, [1]],
  [{ path: 'contacts/{contact_id}', nth: 1 }, [1]],
  [{ path: 'contacts/507f1f77bcf86cd799439011', nth: 1 }, [1]],
  [{ path: 'contacts' }, []],
  [{ bodyContains: 'CTO', nth: 1 }, [1]],
  [{ bodyContains: 'CEO' }, []],
] as const)('%j fires at %j', (match, expected) => {
  expect(firings(match)).toEqual(expected);
});

test('only requests that a rule concerns are counted for it', () => {
  const trouble = new Trouble();
  trouble.add([{ match: { path: 'contacts/update', nth: 2 }, fault: { kind: 'empty' } }]);
  trouble.take(request);
  trouble.take({ ...request, action: 'labels/index', template: 'labels', path: '/api/v1/labels' });
  expect(trouble.take(request).answer).toEqual({ kind: 'empty' });
});

test('faults of several rules add up, the first answer wins', () => {
  const trouble = new Trouble();
  trouble.add([
    { fault: { kind: 'delay', ms: 5 } },
    { fault: { kind: 'truncated' } },
    { fault: { kind: 'drop' } },
    { fault: { kind: 'omit', where: { index: 1 } } },
  ]);
  const active = trouble.take(request);
  expect([active.delays.length, active.answer]).toEqual([1, { kind: 'truncated' }]);
  expect([0, 1, 2].map((index) => active.records.omits({}, index))).toEqual([false, true, false]);
});

test.each([
  [{ fault: { kind: 'explode' } }, 'unknown fault "explode"'],
  [{ match: { pth: 'x' }, fault: { kind: 'drop' } }, 'unknown condition "pth"'],
  [{ fault: { kind: 'omit' } }, 'needs "where"'],
  [{}, 'unknown fault'],
])('%j is refused', (rule, message) => {
  const trouble = new Trouble();
  expect(() => trouble.add([rule as unknown as TroubleRule])).toThrow(message);
  expect(trouble.rules).toEqual([]);
});

test.each([
  [{ equals: 'a@b.example' }, true],
  [{ equals: 'A@b.example' }, false],
  [{ endsWith: '@b.example' }, true],
  [{ contains: '@b.' }, true],
  [{ contains: '@c.' }, false],
  [{ field: 'title', equals: 'CTO' }, true],
  [{ field: 'phone', contains: '' }, false],
  [{ index: 4 }, true],
  [{ index: 3 }, false],
  [{ index: 4, endsWith: '@c.example' }, false],
  [{}, true],
])('%j concerns the record: %s', (where, expectation) => {
  expect(concerns(where, { email: 'a@b.example', title: 'CTO' }, 4)).toBe(expectation);
});
