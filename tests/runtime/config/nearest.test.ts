import { describe, expect, it } from 'vitest';
import { nearest } from '../../../runtime/config/nearest.ts';

describe('the nearest name', () => {
  const names = ['mapping', 'mode', 'primary_key', 'to', 'on_existing'];
  it.each([
    ['maping', 'mapping'],
    ['primaryKey', 'primary_key'],
    ['MODE', 'mode'],
    ['on-exsiting', 'on_existing'],
    ['ot', 'to'],
    ['form', undefined],
    ['namespace', undefined],
    ['', undefined],
  ])('to %j is %j', (word, expected) => expect(nearest(word, names)).toBe(expected));
});
