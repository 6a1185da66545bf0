import type {
  Answer,
  Answers,
  Assumption,
  EstimableWriter,
  EstimatedStep,
  PreparedRecord,
  Row,
  Step,
} from 'destination-apollo/cdk';
import type { WebhookConfig, WebhookStream } from './config.ts';
import type { Result, Sender } from './sender.ts';

export const REQUEST = 'POST webhook';

/** How the rows of one stream become batches: a record is its row, and is named by one column. */
export function webhookWriter(
  { key, name }: WebhookStream,
  { batch_size }: WebhookConfig,
  columns: readonly string[],
  sender: Sender,
): EstimableWriter<Row> {
  const keyOf = (row: Row): string | undefined => {
    const value = row[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const step = post(name, batch_size, sender);
  return {
    columns,
    key: { columns: [key], matchKeyOf: keyOf },
    // Another version of a stream sends all of its rows again.
    version: JSON.stringify([key, columns]),
    map(row) {
      const named = keyOf(row);
      if (named === undefined || named === '') {
        const message = `${key}: the row has no key; expected text or a number.`;
        return { ok: false, rejection: { code: 'missing_primary_key', message, field: key } };
      }
      return { ok: true, primaryKey: named, matchKey: named, record: row, content: row };
    },
    // What is known and has changed is sent as it is.
    memory: { delta: ({ record }) => ({ status: 'onward', record }) },
    steps: [step],
    estimated: (assumed) => ({ steps: [estimated(step, assumed)] }),
  };
}

/** Answers in the webhook's place, for previews: whether a new row has a record, only the webhook knows. */
const estimated = (step: Step<Row>, assumed: Assumption): EstimatedStep<Row> => ({
  ...step,
  asks: true,
  send: async (records) =>
    new Map(
      records.map(({ position, id }) => [
        position,
        { status: id === undefined && assumed !== 'full' ? 'created' : 'updated' },
      ]),
    ),
});

function post(stream: string, maxRecords: number, sender: Sender): Step<Row> {
  return {
    request: REQUEST,
    limits: { maxRecords, maxBytes: 2 ** 20, maxInFlight: 4, maxWaiting: 1000, maxRefused: 16, maxLost: 3 },
    idempotent: true,
    creates: true,
    takes: () => true,
    content: { of: ({ record }) => record },
    async send(records, signal, announce): Promise<Answers<Row>> {
      await announce?.();
      const body = { stream, records: records.map(({ matchKey, record }) => ({ key: matchKey, ...record })) };
      return answersOf(records, await sender.post(REQUEST, body, records.length, signal));
    },
  };
}

/** By key, never by place; of a record that no result names nothing is said, and the runtime asks once more. */
function answersOf(records: readonly PreparedRecord<Row>[], results: readonly Result[]): Answers<Row> {
  const byKey = new Map(results.map((result) => [result.key, result]));
  return new Map(
    records.flatMap(({ position, matchKey }) => {
      const result = byKey.get(matchKey);
      return result === undefined ? [] : [[position, answerOf(result)]];
    }),
  );
}

function answerOf({ key: id, status, message }: Result): Answer<Row> {
  if (status !== 'rejected') return { status, id };
  return { status, rejection: { code: 'webhook_rejected', message: message ?? 'The webhook refused the record.' } };
}
