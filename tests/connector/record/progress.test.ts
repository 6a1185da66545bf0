import { describe, expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import { contactPhones } from '../../../catalog/contact-phones.ts';
import type { Field, Values } from '../../../catalog/object.ts';
import { type ApolloRecord, type Progress, recordFor } from '../../../connector/record/apollo-record.ts';
import { delta } from '../../../connector/record/delta.ts';
import { afterEstimate, lowerAfterCreate, upperAfterMatch } from '../../../connector/record/estimate.ts';
import { afterCreate, afterFind, afterRead, afterWrite } from '../../../connector/record/progress.ts';
import { routes } from '../../../connector/record/routes.ts';
import type { ExistingPolicy, Target } from '../../../connector/record/target.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';

const fields = new Map<string, Field>([...contacts.fields, ...contactPhones].map((field) => [field.name, field]));

const target = (existing: ExistingPolicy = 'update'): Target =>
  ({ object: contacts, fields, routes: routes([...fields.values()], 'individual'), existing }) as unknown as Target;

const prepared = (values: Values, progress: Progress = 'mapped', pending = Object.keys(values)) =>
  ({
    position: 0,
    id: 'x',
    record: { values, matchKey: 'email:a@b.example', identity: [], pending, progress },
  }) as unknown as PreparedRecord<ApolloRecord>;

/** What an answer says, by its end or by what is still to be done. */
const said = (answer: ReturnType<typeof afterFind>) =>
  answer.status === 'onward' ? [answer.record!.progress, ...answer.record!.pending] : answer.status;

const row = { email: 'a@b.example', title: 'CTO', mobile_phone: '1', lists: ['L'], hubspot_id: '7' };

describe('a record that was created', () => {
  test('has left to write what bulk_create cannot take', () => {
    expect(said(afterCreate(target(), prepared(row), 'x', {}))).toEqual(['created', 'mobile_phone']);
  });

  test('is done where that is blank', () => {
    expect(said(afterCreate(target(), prepared({ ...row, mobile_phone: '' }), 'x', {}))).toBe('created');
  });

  test('has left to write what came back blank', () => {
    const shown = { email: null, title: 'CTO' };
    expect(said(afterCreate(target(), prepared({ email: 'a@b.example', title: 'CTO' }), 'x', shown))).toEqual([
      'created',
      'email',
    ]);
  });
});

describe('a record that was found', () => {
  const slim = { email: 'a@b.example', title: 'CTO' };

  test('has left to write what differs and what is not shown', () => {
    expect(said(afterFind(target(), prepared(row), 'x', { ...slim, title: 'CFO' }))).toEqual([
      'found',
      'title',
      'mobile_phone',
      'lists',
    ]);
  });

  test('is unchanged where nothing differs', () => {
    expect(said(afterFind(target(), prepared({ email: 'A@b.example', title: 'CTO' }), 'x', slim))).toBe('unchanged');
  });

  test('is skipped where it is to be kept', () => {
    expect(said(afterFind(target('keep'), prepared(row), 'x', {}))).toBe('skipped');
  });

  test('is read where blanks are to be filled that the slim record does not show', () => {
    expect(said(afterFind(target('fill_blanks'), prepared(row), 'x', { ...slim, title: null }))).toEqual([
      'unread',
      'title',
      'mobile_phone',
      'lists',
    ]);
    const values = { email: 'a@b.example', title: 'CTO', lists: ['L'] };
    expect(said(afterFind(target('fill_blanks'), prepared(values), 'x', slim))).toEqual(['found', 'lists']);
  });

  test('by an additional address keeps its primary one, and gets one where it has none', () => {
    const shown = { email: 'other@b.example', contact_emails: [{ email: 'a@b.example' }], title: 'CTO' };
    const values = { email: 'a@b.example', title: 'CTO' };
    expect(said(afterFind(target(), prepared(values), 'x', shown))).toBe('unchanged');
    expect(said(afterFind(target(), prepared(values), 'x', { ...shown, email: null }))).toEqual(['found', 'email']);
  });
});

describe('a record that was read', () => {
  test('has left to fill what is blank; what not even the whole record shows is left alone', () => {
    const shown = { email: 'a@b.example', title: '', phone_numbers: [] };
    const values = { ...row, website_url: 'https://b.example' };
    expect(said(afterRead(target('fill_blanks'), prepared(values, 'unread'), 'x', shown))).toEqual([
      'found',
      'title',
      'mobile_phone',
      'lists',
    ]);
  });

  test('because no one knew whose it is goes on as one that was found', () => {
    const shown = { email: 'a@b.example', title: 'CFO', phone_numbers: [] };
    const values = { title: 'CTO', website_url: 'https://b.example' };
    expect(said(afterRead(target(), prepared(values, 'unverified'), 'x', shown))).toEqual([
      'found',
      'title',
      'website_url',
    ]);
  });
});

describe('a record that was written', () => {
  test.each([
    ['found', 'updated'],
    ['changed', 'updated'],
    ['created', 'created'],
  ] as const)('in full and was %s before is %s', (progress, end) => {
    expect(said(afterWrite(prepared({ title: 'CTO' }, progress), ['title']))).toBe(end);
  });

  test('in part goes on', () => {
    expect(said(afterWrite(prepared({ title: 'CTO', lists: ['L'] }, 'found'), ['title']))).toEqual([
      'changed',
      'lists',
    ]);
    expect(said(afterWrite(prepared({ title: 'CTO', lists: ['L'] }, 'created'), ['title']))).toEqual([
      'created',
      'lists',
    ]);
  });

  test('not at all, because it says nothing, is unchanged', () => {
    expect(said(afterWrite(prepared({}, 'found'), []))).toBe('unchanged');
  });
});

/** As a writer makes it. */
const fresh = (values: Values): PreparedRecord<ApolloRecord> => ({
  ...prepared(values),
  record: recordFor(
    { values, matchKey: 'email:a@b.example', identity: [], pending: Object.keys(values) },
    { progress: 'mapped' },
  ),
});

const shown = { email: 'a@b.example', title: 'CFO' };
const found = (): PreparedRecord<ApolloRecord> => ({
  ...fresh(row),
  record: afterFind(target(), fresh(row), 'x', shown).record!,
});
const offered = (): PreparedRecord<ApolloRecord> => ({
  ...fresh(row),
  record: upperAfterMatch(target(), fresh(row), 'x', {}).record!,
});

// To add one makes a copy 35 times as dear in Node 20, and every row goes these ways.
test.each<[string, () => ReturnType<typeof afterFind>]>([
  ['a create', () => afterCreate(target(), fresh({ email: 'a@b.example', title: 'CFO' }), 'x', shown)],
  ['a create that leaves something', () => afterCreate(target(), fresh(row), 'x', shown)],
  ['a find', () => afterFind(target(), fresh(row), 'x', shown)],
  ['a write', () => afterWrite(found(), ['title'])],
  ['a comparison with what is known', () => delta(target(), fresh(row), { id: 'x', values: { title: 'CFO' } })],
  ['an estimated create', () => lowerAfterCreate(target(), fresh(row), 'x')],
  ['an estimated match', () => upperAfterMatch(target(), fresh(row), 'x', {})],
  ['an estimated write', () => afterEstimate(target(), offered(), 'patch')],
])('%s adds no property to a record', (_, answered) => {
  expect(Object.keys(answered().record!).sort()).toEqual(Object.keys(fresh(row).record).sort());
});
