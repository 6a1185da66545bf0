import { describe, expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import { customFields } from '../../../catalog/custom-field.ts';
import type { Field } from '../../../catalog/object.ts';
import { RefusedRecords } from '../../../connector/api/failures.ts';
import type { Target } from '../../../connector/record/target.ts';
import { notTaken, refusedFields } from '../../../connector/steps/echo.ts';
import { naming } from '../../../connector/steps/naming.ts';
import { RecordFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';

const [score, tier, note] = customFields(contacts, [
  { id: 'contact.a1', label: 'Score', type: 'number' },
  { id: 'contact.b2', label: 'Tier', type: 'picklist', picklist_values: [{ id: 'gold', name: 'Gold' }] },
  { id: 'contact.c3', label: 'Note', type: 'string' },
]) as [Field, Field, Field];
const fields = new Map<string, Field>([...contacts.fields, score, tier, note].map((field) => [field.name, field]));

describe('what an update shows of what it wrote', () => {
  const refused = (values: Record<string, string>, shown: object) => {
    const answer = refusedFields({ fields } as unknown as Target, values, shown as never, 'PATCH contacts/{id}');
    return answer?.status === 'rejected' ? [answer.rejection.field, answer.rejection.message] : answer;
  };
  const message = (titles: string) => `Apollo answered that it wrote the record, and did not take ${titles}.`;

  test.each<[string, Record<string, string>, object]>([
    ['the same values', { title: 'CTO', [score.name]: '1.50' }, { title: 'CTO', typed_custom_fields: { a1: 1.5 } }],
    ['nothing of a field', { title: 'CTO', [note.name]: 'x' }, { id: 'x' }],
    ['an option as a list', { [tier.name]: 'gold' }, { typed_custom_fields: { b2: ['gold'] } }],
    ['text that Apollo has changed', { [note.name]: 'a  b' }, { typed_custom_fields: { c3: 'a b' } }],
    ['a blank phone, not sanitised yet', { mobile_phone: '+49 171 5550100' }, { phone_numbers: [] }],
    ['what was cleared', { title: '', [note.name]: '' }, { title: null, typed_custom_fields: {} }],
    ['errors of others', { title: 'CTO' }, { custom_field_errors: { a1: 'bad' } }],
  ])('%s is no refusal', (_, values, shown) => {
    expect(refused(values, shown)).toBeUndefined();
  });

  test.each<[string, Record<string, string>, object, string, string]>([
    [
      'an error by the id of a field',
      { [score.name]: '1' },
      { custom_field_errors: { a1: 'bad' } },
      score.name,
      'Score',
    ],
    ['a blank', { title: 'CTO', [note.name]: 'x' }, { title: 'CTO', typed_custom_fields: {} }, note.name, 'Note'],
    ['another option', { [tier.name]: 'gold' }, { typed_custom_fields: { b2: ['silver'] } }, tier.name, 'Tier'],
    [
      'several',
      { [score.name]: '1', [note.name]: 'x' },
      { typed_custom_fields: { a1: '2' } },
      score.name,
      'Score, Note',
    ],
  ])('%s is one', (_, values, shown, field, titles) => {
    expect(refused(values, shown)).toEqual([field, message(titles)]);
  });
});

describe('what a bulk answer shows of what it wrote', () => {
  const refused = (values: Record<string, string>, shown: object) => {
    const answer = notTaken({ fields } as unknown as Target, values, shown as never, 'POST contacts/bulk_update');
    return answer?.status === 'rejected' ? answer.rejection.field : answer;
  };

  test.each<[string, Record<string, string>, object, string | undefined]>([
    ['the same', { title: 'CTO', owner_id: 'a' }, { title: 'CTO', owner_id: 'A' }, undefined],
    ['nothing of it', { title: 'CTO', owner_id: 'a', [score.name]: '1' }, { id: 'x' }, undefined],
    ['text that Apollo has changed', { title: 'C T O' }, { title: 'CTO' }, undefined],
    ['a blank', { title: 'CTO' }, { title: null }, 'title'],
    ['another owner', { title: 'CTO', owner_id: 'a' }, { title: 'CTO', owner_id: 'b' }, 'owner_id'],
    ['another stage', { contact_stage_id: 'a' }, { contact_stage_id: 'b' }, 'contact_stage_id'],
    ['what was cleared', { title: '' }, { title: null }, undefined],
  ])('%s', (_, values, shown, field) => {
    expect(refused(values, shown)).toBe(field);
  });
});

describe('a refusal that names records by id', () => {
  const records = [10, 20, 30].map((position) => ({ position, id: `id${position}` })) as PreparedRecord<unknown>[];
  const detail = { code: 'apollo_rejected', endpoint: 'POST x', httpStatus: 422, field: 'email' };

  test('names them by position', async () => {
    const thrown = naming(records, async () => {
      throw new RefusedRecords('no', { ...detail, ids: ['id20', 'somebody else'] });
    });
    const failure: unknown = await thrown.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RecordFailure);
    expect(failure).toMatchObject({ ...detail, message: 'no', positions: [20] });
  });

  test('and anything else is thrown as it is, and an answer passed on', async () => {
    const failure = new TransientFailure('down', { code: 'x', delivery: 'unknown' });
    await expect(naming(records, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await naming(records, async () => 7)).toBe(7);
  });
});
