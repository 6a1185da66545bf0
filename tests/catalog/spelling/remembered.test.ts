import { expect, test } from 'vitest';
import { remembered } from '../../../catalog/spelling/remembered.ts';

test('what was made of a text is made once, be it nothing', () => {
  const asked: string[] = [];
  const lengthOf = remembered((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  expect(['abc', '', 'abc', '', 'd'].map(lengthOf)).toEqual([3, undefined, 3, undefined, 1]);
  expect(asked).toEqual(['abc', '', 'd']);
});

test('memory stays bounded: the oldest texts are made once more, and long ones each time', () => {
  const asked: string[] = [];
  const same = remembered((text) => {
    asked.push(text);
    return text;
  }, 2);
  const long = 'x'.repeat(300);
  expect(['a', 'b', 'c', 'a', long, long].map(same)).toEqual(['a', 'b', 'c', 'a', long, long]);
  expect(asked).toEqual(['a', 'b', 'c', 'a', long, long]);
});
