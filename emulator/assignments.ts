import { texts } from './attributes.ts';
import type { Call } from './call.ts';
import { contactShape } from './contact-shape.ts';
import { notAValidId, requiredParameter } from './failures.ts';
import { isId } from './random.ts';
import type { Account, Contact } from './records.ts';
import { scriptedRejection } from './rejections.ts';
import { ok, type Reply } from './reply.ts';

/** `POST /contacts/update_stages` */
export function updateContactStages(call: Call): Reply {
  const contacts = sentRecords(call, 'contact_ids', call.store.contacts);
  const stage = requiredId(call, 'contact_stage_id');
  for (const { record } of contacts) {
    call.store.contacts.change(record, { contact_stage_id: stage, updatedAtMs: call.nowMs });
  }
  // `custom_field_errors` is null in the published sample of this answer.
  return ok({ contacts: shown(contacts).map((contact) => contactShape(contact, null)) });
}

/** `POST /contacts/update_owners` */
export function updateContactOwners(call: Call): Reply {
  const contacts = sentRecords(call, 'contact_ids', call.store.contacts);
  const owner = requiredId(call, 'owner_id');
  for (const { record } of contacts) call.store.contacts.change(record, { owner_id: owner, updatedAtMs: call.nowMs });
  return ok({ contacts: shown(contacts).map(ownership) });
}

/** `POST /accounts/update_owners` */
export function updateAccountOwners(call: Call): Reply {
  const accounts = sentRecords(call, 'account_ids', call.store.accounts);
  const owner = requiredId(call, 'owner_id');
  for (const { record } of accounts) call.store.accounts.change(record, { owner_id: owner, updatedAtMs: call.nowMs });
  return ok({ accounts: shown(accounts).map(ownership) });
}

function ownership(record: { readonly id: string; readonly owner_id: string | null }) {
  return { id: record.id, owner_id: record.owner_id, crm_owner_id: null };
}

interface Sent<T> {
  readonly record: T;
  readonly isHidden: boolean;
}

// Unknown ids: undocumented, ignored as in the lists endpoints. A trouble script sees a record by its `id`.
function sentRecords<T extends Contact | Account>(
  call: Call,
  name: string,
  table: { get(id: string): T | undefined },
): readonly Sent<T>[] {
  const ids = sentIds(call, name);
  for (const [i, id] of ids.entries()) {
    const refusal = scriptedRejection(call, { id }, i, id);
    if (refusal !== null) throw refusal;
  }
  return ids.flatMap((id, i) => {
    const record = table.get(id);
    if (record?.state !== 'live' || call.trouble.omits({ id }, i)) return [];
    return [{ record, isHidden: call.trouble.hides({ id }, i) }];
  });
}

const shown = <T>(records: readonly Sent<T>[]): readonly T[] =>
  records.filter(({ isHidden }) => !isHidden).map(({ record }) => record);

// Query parameters since 2026, the same names in a JSON body until 2024: both are read.
function sentIds(call: Call, name: string): string[] {
  const inQuery = [...call.query.getAll(`${name}[]`), ...call.query.getAll(name)];
  const ids = inQuery.length > 0 ? inQuery : texts(call.body[name]);
  if (ids.length === 0) throw requiredParameter(name);
  return ids;
}

function requiredId(call: Call, name: string): string {
  const id = call.query.get(name) ?? call.body[name];
  if (typeof id !== 'string' || id === '') throw requiredParameter(name);
  if (!isId(id)) throw notAValidId(id);
  return id;
}
