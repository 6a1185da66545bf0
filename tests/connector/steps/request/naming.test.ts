import { describe, expect, test } from 'vitest';
import { RefusedRecords } from '../../../../connector/api/failures.ts';
import { naming } from '../../../../connector/steps/request/naming.ts';
import { RecordFailure, TransientFailure } from '../../../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../../../runtime/contract/record.ts';

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
