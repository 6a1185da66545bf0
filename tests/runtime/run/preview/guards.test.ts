import { expect, test } from 'vitest';
import { type Breach, breachText } from '../../../../runtime/run/preview/guards.ts';

test.each<[Breach, string]>([
  [
    { guard: 'max_creates', value: 1, limit: 0 },
    'guards.max_creates: up to 1 record would be created; the guard allows 0.',
  ],
  [
    { guard: 'max_clears', stream: 'people', value: 1, limit: 0 },
    'guards.max_clears: up to 1 value would be emptied in stream people; the guard allows 0.',
  ],
  [
    { guard: 'max_creates', value: 1_234, limit: 1_000 },
    'guards.max_creates: up to 1,234 records would be created; the guard allows 1,000.',
  ],
  [
    { guard: 'max_changed_percent', value: 12.345, limit: 12.34 },
    'guards.max_changed_percent: 12.345 % of the known records would be changed; the guard allows 12.34 %.',
  ],
])('a guard that is exceeded says so in numbers that fit: %o', (breach, text) => {
  expect(breachText(breach)).toBe(text);
});
