import { expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import type { ApolloRecord, Progress } from '../../../connector/record/apollo-record.ts';
import { routes } from '../../../connector/record/routes.ts';
import { isReadyFor, type Target, valuesFor } from '../../../connector/record/target.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';

const target = { routes: routes(contacts.fields, 'individual') } as unknown as Target;

const prepared = (progress: Progress, id: string | undefined = 'x', pending = ['title']) =>
  ({ id, record: { progress, pending } }) as unknown as PreparedRecord<ApolloRecord>;

test.each<[Progress, boolean]>([
  ['mapped', true],
  ['found', true],
  ['changed', true],
  ['created', true],
  ['unverified', false],
  ['unread', false],
  ['name-matched', false],
])('a record that is %s may be written: %s', (progress, isReady) => {
  expect(isReadyFor(target, prepared(progress), 'patch')).toBe(isReady);
});

test('a record without an id, or with nothing for the endpoint, is not written by it', () => {
  expect(isReadyFor(target, { ...prepared('found'), id: undefined }, 'patch')).toBe(false);
  expect(isReadyFor(target, prepared('found'), 'bulkUpdate')).toBe(false);
  expect(isReadyFor(target, prepared('found', 'x', []), 'patch')).toBe(false);
});

test('each endpoint gets the pending values that are routed to it', () => {
  const values = { title: 'CTO', linkedin_url: 'l', email: 'a@b.example' };
  const record = (...pending: string[]) => ({ values, pending }) as unknown as ApolloRecord;
  expect(valuesFor(target, record('title', 'linkedin_url'), 'patch')).toEqual({ title: 'CTO' });
  expect(valuesFor(target, record('title'), 'bulkUpdate')).toEqual({});
});
