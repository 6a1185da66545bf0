// Two clients as they are usually written, to be compared with: they remember nothing, and send what they are given.

import type { Row } from './workloads.ts';

/** Sends one request and resolves with its answer, however long the rate limit has it wait. */
export type Send = (method: 'POST' | 'PATCH', target: string, body?: unknown) => Promise<Record<string, unknown>>;

/** What names stand for at Apollo. */
export interface Ids {
  readonly owner: (email: string) => string;
  readonly stage: (name: string) => string;
}

type Client = (rows: readonly Row[], send: Send, ids: Ids) => Promise<void>;

const fieldsOf = ({ owner_id: _, lists: __, contact_stage_id: stage, ...plain }: Row, ids: Ids) => ({
  ...plain,
  ...(stage != null && { contact_stage_id: ids.stage(stage) }),
});

/** `POST contacts` with `run_dedupe` for each row; the owner, which that does not document, by a request of its own. */
export const oneByOne: Client = async (rows, send, ids) => {
  for (const row of rows) {
    const names = row['lists'] == null ? {} : { label_names: [row['lists']] };
    const { contact } = await send('POST', 'contacts', { ...fieldsOf(row, ids), ...names, run_dedupe: true });
    if (row['owner_id'] != null) {
      const { id } = contact as { id: string };
      await send('POST', `contacts/update_owners?contact_ids[]=${id}&owner_id=${ids.owner(row['owner_id'])}`);
    }
  }
};

/** bulk_create in batches of one owner and list, then a PATCH of each contact that was there, and its list. */
export const createThenPatch: Client = async (rows, send, ids) => {
  for (const batch of batchesOf(rows)) {
    const { owner_id: owner, lists: list } = batch[0]!;
    const { existing_contacts: existing } = await send('POST', 'contacts/bulk_create', {
      contacts: batch.map((row) => fieldsOf(row, ids)),
      run_dedupe: true,
      ...(owner != null && { owner_id: ids.owner(owner) }),
      ...(list != null && { append_label_names: [list] }),
    });
    for (const { id, email } of existing as { id: string; email: string }[]) {
      const row = batch.find((one) => one['email'] === email)!;
      await send('PATCH', `contacts/${id}`, { ...fieldsOf(row, ids), ...(list != null && { label_names: [list] }) });
    }
  }
};

function batchesOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row['owner_id'], row['lists']]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / 100) }, (_, i) => group.slice(i * 100, i * 100 + 100)),
  );
}
