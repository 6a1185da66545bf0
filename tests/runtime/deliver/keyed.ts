import type { Step, Writer } from '../../../runtime/contract/writer.ts';

/** A writer of rows that have a `key`, which names both the row and its record. */
export const keyedWriter = (steps: readonly Step<string>[]): Writer<string> => ({
  columns: ['key'],
  key: { columns: ['key'], matchKeyOf: (row) => String(row['key']) },
  map: (row) => {
    const key = String(row['key']);
    return { ok: true, primaryKey: key, matchKey: key, record: '', content: '' };
  },
  steps,
});
