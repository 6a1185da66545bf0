import { expect, test } from 'vitest';
import { Notices, withNotices } from '../../../runtime/airbyte/notices.ts';
import type { Notice } from '../../../runtime/contract/destination.ts';
import { settleDown } from '../../support/manual-clock.ts';

const notice = (message: string): Notice => ({ type: 'warning', message });

test('a notice arrives while an item is waited for, and while another notice is read', async () => {
  const notices = new Notices();
  let answer: (item: string) => void = () => undefined;
  async function* items(): AsyncGenerator<string> {
    yield await new Promise<string>((resolve) => {
      answer = resolve;
    });
  }
  const got: string[] = [];
  const read = (async () => {
    for await (const event of withNotices(items(), notices)) {
      got.push('item' in event ? event.item : event.notice.type === 'warning' ? event.notice.message : '');
      if (got.length === 1) notices.push(notice('second'));
    }
  })();
  notices.push(notice('first'));
  await settleDown();
  expect(got).toEqual(['first', 'second']);
  answer('item');
  await read;
  expect(got).toEqual(['first', 'second', 'item']);
});

test('a failure of the items is thrown, after the notices before it', async () => {
  const notices = new Notices();
  async function* items(): AsyncGenerator<string> {
    notices.push(notice('before'));
    yield 'item';
    throw new Error('lost');
  }
  const got: string[] = [];
  const read = (async () => {
    for await (const event of withNotices(items(), notices)) got.push('item' in event ? event.item : 'notice');
  })();
  await expect(read).rejects.toThrow('lost');
  expect(got).toEqual(['notice', 'item']);
});
