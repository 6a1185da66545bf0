import { accountWrite, blankAccount } from '../accounts/account-writing.ts';
import { sentText, texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { blankContact, contactWrite } from '../contacts/contact-writing.ts';
import type {
  Account,
  Attributes,
  Contact,
  CustomField,
  Label,
  Modality,
  Option,
  Stage,
  User,
} from '../store/records.ts';

/** Plain objects under Apollo's names; whatever is left out gets a sensible value. */
export interface SeedData {
  /** As `POST /contacts` takes them, plus `id`, `source`, `state`, `created_at`, `updated_at`, `merged_crm_ids` … */
  readonly contacts?: readonly Attributes[];
  readonly accounts?: readonly Attributes[];
  readonly labels?: readonly Attributes[];
  readonly users?: readonly Attributes[];
  readonly contact_stages?: readonly Attributes[];
  readonly account_stages?: readonly Attributes[];
  /** `label`, `modality`, `type`, `options` (names, or objects with `id` and `name`). */
  readonly fields?: readonly Attributes[];
}

const SEEDERS = {
  users: seedUser,
  contact_stages: (call: Call, plain: Attributes) => seedStage(call, plain, call.store.contactStages),
  account_stages: (call: Call, plain: Attributes) => seedStage(call, plain, call.store.accountStages),
  fields: seedField,
  labels: seedLabel,
  accounts: seedAccount,
  contacts: seedContact,
} satisfies Record<keyof SeedData, (call: Call, plain: Attributes) => object>;

/** Stores everything in `data`, metadata first, so that records can refer to it; throws on a key that is not one. */
export function seed(call: Call, data: SeedData): Record<keyof SeedData, number> {
  const stray = Object.keys(data).find((key) => !(key in SEEDERS));
  if (stray !== undefined) throw new Error(`cannot seed "${stray}"; known: ${Object.keys(SEEDERS).join(', ')}`);
  const counts = {} as Record<keyof SeedData, number>;
  for (const key of Object.keys(SEEDERS) as (keyof SeedData)[]) {
    const entries = data[key] ?? [];
    for (const plain of entries) SEEDERS[key](call, plain);
    counts[key] = entries.length;
  }
  return counts;
}

/** Stores one contact as it is given; an e-mail address is not checked. */
function seedContact(call: Call, plain: Attributes): Contact {
  const blank = blankContact(call);
  const { changes } = contactWrite(call, plain, blank);
  const email = sentText(call.quirks, plain['email']);
  const merged = texts(plain['merged_crm_ids']);
  const extra = { ...(changes.extra ?? blank.extra), ...(merged.length > 0 ? { merged_crm_ids: merged } : {}) };
  const contact: Contact = {
    ...blank,
    ...changes,
    ...(email === undefined ? {} : { email }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
    ...recordBasics(call, plain, blank),
  };
  call.store.contacts.add(contact);
  for (const name of texts(plain['label_names'])) {
    call.store.addToLabel(contact, call.store.ensureLabel(name, 'contacts', call.actor.id));
  }
  return contact;
}

/** Stores one account as it is given. */
function seedAccount(call: Call, plain: Attributes): Account {
  const blank = blankAccount(call);
  const account: Account = {
    ...blank,
    ...accountWrite(call, plain, blank).changes,
    ...recordBasics(call, plain, blank),
  };
  call.store.accounts.add(account);
  for (const name of texts(plain['label_names'])) {
    call.store.addToLabel(account, call.store.ensureLabel(name, 'accounts', call.actor.id));
  }
  return account;
}

function recordBasics(call: Call, plain: Attributes, blank: { readonly id: string; readonly source: string }) {
  const createdAtMs = moment(plain['created_at'], call.nowMs);
  return {
    id: text(plain['id'], blank.id),
    source: text(plain['source'], blank.source),
    state: text(plain['state'], 'live') as Contact['state'],
    createdAtMs,
    updatedAtMs: moment(plain['updated_at'], createdAtMs),
  };
}

function seedUser(call: Call, plain: Attributes): User {
  const id = text(plain['id'], call.store.nextId());
  const user: User = {
    id,
    first_name: text(plain['first_name'], 'Emma'),
    last_name: text(plain['last_name'], 'Lator'),
    email: text(plain['email'], `${id}@emulator.example`),
    title: text(plain['title'], ''),
    admin: plain['admin'] === true,
    deleted: plain['deleted'] === true,
    createdAtMs: moment(plain['created_at'], call.nowMs),
  };
  call.store.users.set(id, user);
  return user;
}

function seedStage(call: Call, plain: Attributes, stages: Map<string, Stage>): Stage {
  const stage: Stage = {
    id: text(plain['id'], call.store.nextId()),
    name: text(plain['name'], 'Stage'),
    display_order: typeof plain['display_order'] === 'number' ? plain['display_order'] : stages.size,
    category: (plain['category'] ?? null) as Stage['category'],
    flag: null,
  };
  stages.set(stage.id, stage);
  return stage;
}

function seedLabel(call: Call, plain: Attributes): Label {
  const label: Label = {
    id: text(plain['id'], call.store.nextId()),
    name: text(plain['name'], 'List'),
    modality: text(plain['modality'], 'contacts') as Modality,
    user_id: text(plain['user_id'], call.actor.id),
    book_of_business: null,
    members: new Set(),
    createdAtMs: call.nowMs,
    updatedAtMs: call.nowMs,
  };
  call.store.labels.add(label);
  return label;
}

function seedField(call: Call, plain: Attributes): CustomField {
  const options = Array.isArray(plain['options']) ? plain['options'] : [];
  const field: CustomField = {
    id: text(plain['id'], call.store.nextId()),
    label: text(plain['label'], 'Field'),
    modality: text(plain['modality'], 'contact') as CustomField['modality'],
    type: text(plain['type'], 'string') as CustomField['type'],
    text_field_max_length: typeof plain['max_length'] === 'number' ? plain['max_length'] : null,
    options: options.map((option) => optionOf(call, option)),
    parent: typeof plain['parent'] === 'string' ? plain['parent'] : null,
    createdAtMs: call.nowMs,
  };
  call.store.fields.set(field.id, field);
  return field;
}

function optionOf(call: Call, option: unknown): Option {
  if (typeof option === 'string') return { id: call.store.nextId(), name: option };
  const { id, name } = option as Attributes;
  return { id: text(id, call.store.nextId()), name: text(name, '') };
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function moment(value: unknown, otherwise: number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Date.parse(value) : otherwise;
}
