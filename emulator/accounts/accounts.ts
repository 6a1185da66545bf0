import { picked, taken } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { customErrorsShape } from '../calls/custom-values.ts';
import { notAValidId } from '../calls/failures.ts';
import { scriptedRejection } from '../calls/rejections.ts';
import { invalid, ok, type Reply } from '../calls/reply.ts';
import { BODIES } from '../calls/shapes.ts';
import { attachedLabel } from '../contacts/contact-shape.ts';
import type { Account, Attributes } from '../store/records.ts';
import { shownAccount, singleAccount } from './account-shape.ts';
import { type AccountWrite, accountWrite, blankAccount } from './account-writing.ts';

const WRITE_KEYS = Object.keys(BODIES['accounts/create'] ?? {});

// Never deduplicates (docs.apollo.io/openapi/apollo-rest-api.json, POST /accounts, 2026-08-19).
/** `POST /accounts` */
export function createAccount(call: Call): Reply {
  const refusal = scriptedRejection(call, call.body, 0, null);
  if (refusal !== null) throw refusal;
  const account = blankAccount(call);
  const write = accountWrite(call, picked(call.body, WRITE_KEYS), account);
  Object.assign(account, write.changes);
  if (!account.name && !account.domain) throw invalid('Please specify at least a name or domain.');
  call.store.accounts.add(account);
  return ok({ account: singleAccount(call.store, account, write.customErrors) });
}

/** `PATCH` and `PUT /accounts/{account_id}` */
export function updateAccount(call: Call): Reply {
  const account = liveAccount(call, 'account_id');
  const refusal = scriptedRejection(call, call.body, 0, account.id);
  if (refusal !== null) throw refusal;
  const before = { ...account };
  const write = overwriteAccount(call, account, taken(call, picked(call.body, WRITE_KEYS)));
  const shown = call.quirks.staleAnswers.includes(call.action) ? before : account;
  return ok({
    account: singleAccount(call.store, shown, customErrorsShape(call.quirks, write.customErrors)),
    labels: call.store.labelsOf(account).map(attachedLabel),
  });
}

/** `GET /accounts/{id}` */
export function showAccount(call: Call): Reply {
  const account = shownAccount(call.store, liveAccount(call, 'id'));
  return ok({ account, salesforce_users: [], hubspot_owners: [] });
}

/** Writes what was sent over a stored account: omitted values stay, empty ones clear. */
export function overwriteAccount(call: Call, account: Account, sent: Attributes): AccountWrite {
  const write = accountWrite(call, sent, account);
  call.store.accounts.change(account, { ...write.changes, updatedAtMs: call.nowMs });
  return write;
}

// The text holds the name of the parameter, not its value. That it also stands for a well-formed id that nothing
// has, or of a deleted account, is assumed.
function liveAccount(call: Call, parameter: string): Account {
  const account = call.store.accounts.get(call.params[parameter] ?? '');
  if (account === undefined || account.state !== 'live') throw notAValidId(parameter);
  return account;
}
