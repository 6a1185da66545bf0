import { objects, picked, taken, texts } from '../calls/attributes.ts';
import { answered, withNull } from '../calls/bulk-lists.ts';
import type { Call } from '../calls/call.ts';
import { shuffled } from '../calls/random.ts';
import { scriptedRejection } from '../calls/rejections.ts';
import { invalid, ok, type Reply } from '../calls/reply.ts';
import { ACCOUNT_BULK_ITEM } from '../calls/shapes.ts';
import { iso } from '../contacts/contact-shape.ts';
import { matchAccount } from '../store/matching.ts';
import type { Account, Attributes } from '../store/records.ts';
import { slimAccount } from './account-shape.ts';
import { accountKeys, accountWrite, blankAccount } from './account-writing.ts';
import { overwriteAccount } from './accounts.ts';

const ITEM_KEYS = Object.keys(ACCOUNT_BULK_ITEM);
// `domain`, `phone` and `raw_address` are not updatable in bulk (docs.apollo.io/reference/bulk-update-accounts, 2026-08).
const UPDATE_KEYS = ['name', 'owner_id', 'account_stage_id'];

interface Entry {
  readonly account: Account;
  readonly hidden: boolean;
}

/** `POST /accounts/bulk_create` */
export function bulkCreateAccounts(call: Call): Reply {
  const items = readItems(call);
  const rules = call.body['run_dedupe'] === true ? 'everything' : 'crm-ids';
  const inBatch = new Set<Account>();
  const created: Entry[] = [];
  const existing: Entry[] = [];
  for (const { changes, hidden } of items) {
    const found = matchAccount(call.store, call.quirks, accountKeys(changes), rules);
    if (found !== null && (call.quirks.withinBatch === 'existing' || !inBatch.has(found))) {
      if (call.quirks.bulkMatches === 'overwritten') call.store.accounts.change(found, changes);
      existing.push({ account: found, hidden });
      continue;
    }
    const account = Object.assign(blankAccount(call), changes);
    call.store.accounts.add(account);
    inBatch.add(account);
    created.push({ account, hidden });
  }
  label(call, created, existing);
  const list = (entries: readonly Entry[]) => withNull(call.quirks, listed(call, entries, items.length));
  return ok({ created_accounts: list(created), existing_accounts: list(distinct(call, existing)) });
}

function readItems(call: Call) {
  const sent = call.body['accounts'];
  if (!Array.isArray(sent)) {
    throw invalid('Please provide an array of account attributes in the "accounts" parameter.');
  }
  if (sent.length > 100) throw invalid('Please limit your array to 100 accounts or fewer.');
  const blank = blankAccount(call);
  return objects(sent).flatMap((item, i) => {
    const refusal = scriptedRejection(call, item, i, null);
    if (refusal !== null) throw refusal;
    if (call.trouble.omits(item, i)) return [];
    const { changes } = accountWrite(call, taken(call, picked(item, ITEM_KEYS)), blank);
    return [{ changes, hidden: call.trouble.hides(item, i) }];
  });
}

function label(call: Call, created: readonly Entry[], existing: readonly Entry[]): void {
  const labels = texts(call.body['append_label_names']).map((name) =>
    call.store.ensureLabel(name, 'accounts', call.actor.id),
  );
  const entries = call.quirks.appendLabelsToExisting ? [...created, ...existing] : created;
  for (const { account } of entries) for (const each of labels) call.store.addToLabel(account, each);
}

function distinct(call: Call, entries: readonly Entry[]): readonly Entry[] {
  if (call.quirks.repeatedExisting === 'each') return entries;
  return entries.filter((entry, i) => entries.findIndex((other) => other.account === entry.account) === i);
}

function listed(call: Call, entries: readonly Entry[], sent: number): object[] {
  const visible = entries.filter((entry) => !entry.hidden).map((entry) => entry.account);
  const ordered = call.quirks.order === 'shuffled' ? shuffled(visible, call.random) : visible;
  return answered(call.quirks, ordered, sent).map((account) => slimAccount(call.store, account));
}

/** `POST /accounts/bulk_update` */
export function bulkUpdateAccounts(call: Call): Reply {
  const { account_attributes: attributes, account_ids: ids, async } = call.body;
  const individually = Array.isArray(attributes) && attributes.length > 0;
  if (individually && async === true) throw invalid('Async processing is not permitted.');
  const rows = individually
    ? objects(attributes).map((row) => ({
        id: String(row['id'] ?? ''),
        sent: picked(row, [...UPDATE_KEYS, 'typed_custom_fields']),
      }))
    : texts(ids).map((id) => ({ id, sent: picked(call.body, UPDATE_KEYS) }));
  // The text for neither array is not on record; it follows that of contacts.
  if (rows.length === 0) throw invalid('Please provide either account_ids or account_attributes');
  if (rows.length > 1000) throw invalid('Please limit your array to fewer than 1000.');
  if (async === true) return startJob(call, rows);
  return updateNow(call, rows);
}

interface Row {
  readonly id: string;
  readonly sent: Attributes;
}

// Every row is checked before any is written. Which keys come back beyond `id` is not documented: those that were sent.
function updateNow(call: Call, rows: readonly Row[]): Reply {
  const kept = rows.filter((row, i) => !call.trouble.omits(row.sent, i));
  for (const [i, row] of rows.entries()) {
    const refusal = scriptedRejection(call, row.sent, i, row.id);
    if (refusal !== null) throw refusal;
    const account = call.store.accounts.get(row.id);
    if (account !== undefined) accountWrite(call, row.sent, account);
  }
  const echoes = kept.flatMap((row) => {
    const account = call.store.accounts.get(row.id);
    if (account === undefined || account.state !== 'live') return [];
    const before = { ...account };
    overwriteAccount(call, account, taken(call, row.sent));
    const shown = call.quirks.staleAnswers.includes(call.action) ? before : account;
    if (call.trouble.hides(row.sent, rows.indexOf(row))) return [];
    return [{ id: account.id, ...echoed(shown, row.sent) }];
  });
  return ok({ accounts: call.quirks.order === 'shuffled' ? shuffled(echoes, call.random) : echoes });
}

function echoed(account: Account, sent: Attributes): object {
  const { name, owner_id, account_stage_id, typed_custom_fields } = account;
  return picked({ name, owner_id, account_stage_id, typed_custom_fields }, Object.keys(sent));
}

// No sample shows an asynchronous answer of this endpoint; it follows that of contacts.
function startJob(call: Call, rows: readonly Row[]): Reply {
  call.store.later(call.quirks.asyncDelayMs, (nowMs) => {
    for (const row of rows) {
      const account = call.store.accounts.get(row.id);
      if (account?.state === 'live') overwriteAccount({ ...call, nowMs }, account, row.sent);
    }
  });
  return ok({
    entity_progress_job: {
      id: call.store.nextId(),
      job_type: 'account_bulk_update',
      status: 'pending',
      entity_ids: rows.map((row) => row.id),
      created_at: iso(call.nowMs),
      updated_at: iso(call.nowMs),
    },
  });
}
