import { describe, expect, test } from 'vitest';
import { WindowMirror } from '../../../runtime/http/window-mirror.ts';

const minute = (limit: number, ceiling?: number) =>
  new WindowMirror({ name: 'minute', periodMs: 60_000, limit, ...(ceiling !== undefined && { ceiling }) });
const used = (count: number, limit?: number) => ({
  name: 'minute',
  used: count,
  ...(limit !== undefined && { limit }),
});

describe('when it closes', () => {
  test('one period after the first answer, not the first request', () => {
    const window = minute(1);
    const mark = window.sent(1000);
    window.answered(mark, used(1), 3000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 63_000 });
  });

  test('while nothing but lost requests speaks for it, one period after the last of them', () => {
    const window = minute(2);
    window.sent(0);
    window.lost(1000);
    window.lost(5000);
    expect(window.blocked(0, 0)).toEqual({ until: 65_000 });
  });

  test('an answer that turned a request away and counted nothing does not open it', () => {
    const window = minute(2);
    window.refused(window.sent(0), used(0), 1000, 0);
    expect(window.closesAt).toBeUndefined();
  });

  test('a spent window closes earlier where the server says so, never later', () => {
    const window = minute(1);
    window.answered(window.sent(0), used(1), 1000, 0);
    window.closesBy(20_000);
    window.closesBy(90_000);
    expect(window.closesAt).toBe(20_000);
  });
});

describe('how much is used', () => {
  test('the higher count of the server wins: other tools use the same quota', () => {
    const window = minute(10);
    window.answered(window.sent(0), used(10), 1000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 61_000 });
  });

  test('a count below one reported before the request was sent reopens it: the window of the server has', () => {
    const window = minute(10);
    window.answered(window.sent(0), used(9), 1000, 0);
    window.answered(window.sent(2000), used(1), 3000, 0);
    expect([window.used(0), window.closesAt]).toEqual([1, 63_000]);
  });

  test('answers that come in another order than their requests arrived do not reopen it', () => {
    const window = minute(10);
    const [first, second] = [window.sent(0), window.sent(0)];
    window.answered(second, used(2), 1000, 1);
    window.answered(first, used(1), 2000, 0);
    expect([window.used(0), window.closesAt]).toEqual([2, 61_000]);
  });

  test('a request that was turned away for another window, and not counted, does not reopen it', () => {
    const window = minute(10);
    window.answered(window.sent(0), used(3), 1000, 0);
    window.refused(window.sent(2000), used(3), 3000, 0);
    expect([window.used(0), window.closesAt]).toEqual([3, 61_000]);
  });

  test('an answered request counts, even where the server has not counted it yet', () => {
    const window = minute(1);
    window.answered(window.sent(0), used(0), 1000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 61_000 });
  });

  test('an old answer that may have been counted since fills it, and not for ever', () => {
    const window = minute(1);
    const old = window.sent(0);
    window.answered(window.sent(0), used(1), 1000, 1);
    window.passTo(61_000, 1);
    window.answered(old, used(1), 62_000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 122_000 });
  });

  test('an old answer, of before it reopened, does not fill it', () => {
    const window = minute(10);
    const old = window.sent(0);
    window.answered(window.sent(0), used(9), 1000, 1);
    window.passTo(61_000, 1);
    window.answered(old, used(10), 62_000, 0);
    expect(window.used(0)).toBe(0);
  });

  test('an answer of before it reopened that can only have been counted since, fills it', () => {
    const window = minute(10);
    window.answered(window.sent(0), used(9), 1000, 0);
    const old = window.sent(60_000);
    window.passTo(61_000, 1);
    window.answered(old, used(1), 62_000, 0);
    expect([window.used(0), window.closesAt]).toEqual([1, 122_000]);
  });

  test('what may have been counted in the next window of the server is carried over, and that window closes in time', () => {
    const window = minute(1);
    window.answered(window.sent(0), used(1), 1000, 0);
    window.closesBy(59_000);
    window.passTo(59_000, 0);
    const late = window.sent(59_500);
    window.answered(late, used(1), 120_000, 0);
    window.passTo(180_000, 0);
    expect([window.used(0), window.blocked(0, 0)]).toEqual([1, { until: 240_000 }]);
  });

  test('a lost request that may have been counted in the next window is carried over too', () => {
    const window = minute(1);
    window.sent(0);
    window.lost(60_000);
    window.passTo(120_000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 180_000 });
  });

  test('a lost request may have arrived after one that was answered', () => {
    const window = minute(2);
    const [answered] = [window.sent(0), window.sent(0)];
    window.lost(500);
    window.answered(answered, used(1), 1000, 0);
    expect(window.used(0)).toBe(2);
  });

  test('a count reported to a request that was sent after a lost one includes it, if it arrived', () => {
    const window = minute(2);
    window.sent(0);
    window.lost(500);
    window.answered(window.sent(600), used(1), 1000, 0);
    expect(window.used(0)).toBe(1);
  });

  test('without a word from the server, requests are counted', () => {
    const window = minute(2);
    window.answered(window.sent(0), undefined, 1000, 0);
    window.answered(window.sent(0), { name: 'minute', limit: 2 }, 1000, 0);
    expect(window.blocked(0, 0)).toEqual({ until: 61_000 });
  });
});

describe('what the limit is', () => {
  test('that of the answers replaces that of the plan', () => {
    const window = minute(50);
    window.answered(window.sent(0), used(1, 200), 1000, 0);
    expect(window.limit).toBe(200);
  });

  test('a window that the server does not have has none', () => {
    const window = minute(1);
    window.answered(window.sent(0), { name: 'minute', limit: 0 }, 1000, 0);
    expect(window.blocked(100, 0)).toBeUndefined();
  });

  test('a ceiling holds, whatever the server allows', () => {
    const window = minute(10, 10);
    window.answered(window.sent(0), used(1, 200), 1000, 0);
    expect(window.limit).toBe(10);
    window.answered(window.sent(0), used(2, 0), 1000, 0);
    expect(window.limit).toBe(10);
    window.answered(window.sent(0), used(3, 5), 1000, 0);
    expect(window.limit).toBe(5);
  });

  test('a reserve is left to others, and one request always to us', () => {
    const window = minute(10);
    expect([window.blocked(7, 20), window.blocked(8, 20)]).toEqual([undefined, 'in-flight']);
    expect(minute(1).blocked(0, 99)).toBeUndefined();
  });
});
