import { checkReferences, sentText, spelled, texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { customValuesAfter } from '../calls/custom-values.ts';
import { NOTHING } from '../contacts/contact-writing.ts';
import { sanitizePhone } from '../contacts/phones.ts';
import type { AccountChanges } from '../store/account-table.ts';
import type { AccountKeys } from '../store/matching.ts';
import type { Account, Attributes } from '../store/records.ts';

/** What a request changes about an account, and what was wrong with its custom values. */
export interface AccountWrite {
  readonly changes: AccountChanges;
  readonly customErrors: Readonly<Record<string, string>>;
}

const COLUMNS = [
  'name',
  'domain',
  'owner_id',
  'account_stage_id',
  'organization_id',
  'parent_account_id',
  'raw_address',
] as const;

const EXTRA_TEXTS = ['phone_status_cd', 'linkedin_url', 'facebook_url', 'twitter_url', 'salesforce_id', 'hubspot_id'];

/** Reads from a request what it changes about `before`, a stored account or a blank one. */
export function accountWrite(call: Call, sent: Attributes, before: Account): AccountWrite {
  checkReferences(call, sent);
  const changes: { -readonly [K in keyof AccountChanges]: AccountChanges[K] } = {};
  for (const column of COLUMNS) {
    const value = sentText(call.quirks, sent[column]);
    if (value === undefined) continue;
    changes[column] = value !== null && column === 'name' ? spelled(call.quirks, value) : value;
  }
  const phone = sentText(call.quirks, sent['phone']);
  if (phone !== undefined) {
    changes.phone = phone;
    changes.sanitized_phone = phone === null ? null : sanitizePhone(phone);
  }
  const extra = extraAfter(call, sent, before);
  if (Object.keys(extra).length > 0 || before.extra !== NOTHING.object) changes.extra = extra;
  const custom = customValuesAfter(call, 'account', before.typed_custom_fields, sent['typed_custom_fields']);
  if (custom.values !== before.typed_custom_fields) changes.typed_custom_fields = custom.values;
  return { changes, customErrors: custom.errors };
}

/** The texts without a column of their own, after a request. */
function extraAfter({ quirks }: Call, sent: Attributes, before: Account): Account['extra'] {
  const extra: Record<string, string | readonly string[]> = { ...before.extra };
  for (const key of EXTRA_TEXTS) {
    const value = sentText(quirks, sent[key]);
    if (value === null) delete extra[key];
    else if (value !== undefined) extra[key] = value;
  }
  if (Array.isArray(sent['merged_crm_ids'])) extra['merged_crm_ids'] = texts(sent['merged_crm_ids']);
  return extra;
}

/** An account with nothing in it, to be filled and stored. */
export function blankAccount(call: Call): Account {
  return {
    id: call.store.nextId(),
    name: null,
    domain: null,
    owner_id: call.actor.id,
    // "Default from workspace triggers" (POST /accounts); here the first stage.
    account_stage_id: call.store.accountStages.keys().next().value ?? null,
    organization_id: null,
    parent_account_id: null,
    phone: null,
    sanitized_phone: null,
    raw_address: null,
    label_ids: NOTHING.list,
    typed_custom_fields: NOTHING.object,
    extra: NOTHING.object,
    source: 'api',
    state: 'live',
    createdAtMs: call.nowMs,
    updatedAtMs: call.nowMs,
  };
}

/** What of a request takes part in matching. */
export function accountKeys(changes: AccountChanges): AccountKeys {
  return {
    name: changes.name ?? null,
    domain: changes.domain ?? null,
    organization_id: changes.organization_id ?? null,
    extra: changes.extra ?? NOTHING.object,
  };
}
