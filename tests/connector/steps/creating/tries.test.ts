import { expect, test } from 'vitest';
import type { ApolloRecord } from '../../../../connector/record/apollo-record.ts';
import { Tries } from '../../../../connector/steps/creating/tries.ts';
import type { PreparedRecord } from '../../../../runtime/contract/record.ts';

const prepared = { position: 7, fingerprint: 'f', record: {} } as unknown as PreparedRecord<ApolloRecord>;
const noted = 1_795_000_000_000;

/** What is known of a record before its second request, by what became of the first. */
async function beforeSecond(first: 'lost' | 'refused', announce = async (): Promise<number | undefined> => noted) {
  const tries = new Tries();
  const attempts = tries.of([prepared], announce);
  await attempts.before();
  if (first === 'refused') attempts.undelivered();
  await attempts.before();
  return tries.intended(prepared).record.intended;
}

test('a record whose request was lost may have been created since that was noted', async () => {
  expect(await beforeSecond('lost')).toEqual({ fingerprint: 'f', at: noted });
});

test('a record whose request was refused has not been created', async () => {
  expect(await beforeSecond('refused')).toBeUndefined();
});

test('nothing is known of a record where no store has noted it', async () => {
  expect(await beforeSecond('lost', async () => undefined)).toBeUndefined();
});

test('a refusal before anything went out takes back nothing', async () => {
  const tries = new Tries();
  await tries.of([prepared], async () => noted).before();
  tries.of([prepared], async () => noted).undelivered();
  await tries.of([prepared], async () => noted).before();
  expect(tries.intended(prepared).record.intended).toEqual({ fingerprint: 'f', at: noted });
});
