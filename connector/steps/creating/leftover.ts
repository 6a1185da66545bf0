import type { Answer } from '../../../runtime/contract/writer.ts';
import { endpoints } from '../../api/endpoints.ts';
import { type Slim, single } from '../../api/wire.ts';
import type { ApolloRecord } from '../../record/apollo-record.ts';
import { sorted } from '../../record/leftover.ts';
import type { Target } from '../../record/target.ts';

/**
 * Pairs what its keys have not paired, reading records in full where the answer shows too little of them: to send such a
 * row again would create its contact once more.
 */
export async function sortedOut(target: Target, leftover: Parameters<typeof sorted>[1], signal: AbortSignal) {
  const first = sorted(target, leftover);
  if (first.records.length === 0 || !first.rows.some(({ record }) => isCreatedAgain(target, record))) return first;
  const records = await Promise.all(first.records.map((record) => inFull(target, record, signal)));
  const second = sorted(target, { rows: first.rows, records }, 'whole');
  return { ...second, pairs: [...first.pairs, ...second.pairs] };
}

/** What cannot be read stays as it is: what was created must not be lost for it. */
async function inFull({ apollo, object: { name } }: Target, record: Slim, signal: AbortSignal): Promise<Slim> {
  const request = { params: { id: record.id }, records: 1, idempotent: true, schema: single(name) };
  const full = await apollo.call(endpoints[name].show, request, signal).catch(() => undefined);
  return full?.id === record.id ? { ...record, ...full } : record;
}

/** Whether Apollo would not find the record that it made of the row by the key that it dropped: it has no other one. */
export const isCreatedAgain = ({ object }: Target, { matchKey, identity }: ApolloRecord): boolean =>
  matchKey.startsWith(`${object.matchField}:`) && !identity.some((key) => /^(?:salesforce|hubspot):/.test(key));

/** The refusal of a row whose record is among some that were created without their keys, and nothing says which. */
export function undecided({ object }: Target): Answer<ApolloRecord> {
  return {
    status: 'rejected',
    rejection: {
      code: 'not_acknowledged',
      message:
        `Apollo created ${object.name} without their ${object.matchField}, and its answer does not say whether this row's is ` +
        'among them. It is not sent again, as that could create it a second time: look for it at Apollo.',
      field: object.matchField,
      endpoint: endpoints[object.name].bulkCreate.display,
      httpStatus: 200,
      attempts: 1,
    },
  };
}
