import type { Emulator } from '../../emulator/server/server.ts';
import type { Account, Contact } from '../../emulator/store/records.ts';
import type { Store } from '../../emulator/store/store.ts';

export type ObjectName = 'contacts' | 'accounts';

/** A record at Apollo, flat and by names: what a test says of it and what it is compared with. */
export type Shown = Readonly<Record<string, unknown>>;

/** All records of an object that an Apollo holds; deleted ones are left out. */
export function shownRecords({ store }: Pick<Emulator, 'store'>, object: unknown): readonly Shown[] {
  return object === 'accounts'
    ? [...store.accounts.values()].filter(isLive).map((account) => shownAccount(store, account))
    : [...store.contacts.values()].filter(isLive).map((contact) => shownContact(store, contact));
}

const isLive = ({ state }: { readonly state: string }): boolean => state !== 'deleted';

/** A contact as scenarios name its values: owner by e-mail, stage and lists by name, custom fields by label. */
export function shownContact(store: Store, contact: Contact): Shown {
  const { contact_emails, phone_numbers, extra, contact_stage_id, ...plain } = contact;
  return {
    ...plain,
    ...extra,
    emails: contact_emails.map(({ email }) => email),
    phones: Object.fromEntries(phone_numbers.map(({ type, raw_number }) => [type, raw_number])),
    stage: store.contactStages.get(contact_stage_id ?? '')?.name,
    ...named(store, contact),
  };
}

/** An account in the same way. */
export function shownAccount(store: Store, account: Account): Shown {
  const { extra, account_stage_id, ...plain } = account;
  return { ...plain, ...extra, stage: store.accountStages.get(account_stage_id ?? '')?.name, ...named(store, account) };
}

function named(store: Store, record: Contact | Account): Shown {
  const custom = Object.entries(record.typed_custom_fields).map(([id, value]) => {
    const field = store.fields.get(id);
    const nameOf = (one: string) => field?.options.find((option) => option.id === one)?.name ?? one;
    return [field?.label ?? id, Array.isArray(value) ? value.map((one) => nameOf(String(one))) : value];
  });
  return {
    owner: store.users.get(record.owner_id ?? '')?.email,
    lists: store
      .labelsOf(record)
      .map(({ name }) => name)
      .sort(),
    custom: Object.fromEntries(custom),
  };
}
