/** What a request sends for a record: Apollo's own names, values not yet trusted. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The slot a phone number sits in. */
export type PhoneType = 'work_direct' | 'work_hq' | 'mobile' | 'home' | 'other';

/** One phone number of a contact, as sent and as sanitised. */
export interface Phone {
  readonly raw_number: string;
  readonly sanitized_number: string | null;
  readonly type: PhoneType;
  readonly position: number;
}

/** An additional e-mail address of a contact. */
export interface ContactEmail {
  readonly email: string;
  readonly position: number;
}

/** A stored custom value: text as sent, or option ids for a picklist. */
export type CustomValue = string | number | boolean | readonly string[];

/** Custom values by bare field id. */
export type CustomValues = Readonly<Record<string, CustomValue>>;

/** Rarely filled attributes, kept apart so that a contact without them stays small. */
export type Extra = Readonly<Record<string, string | readonly string[]>>;

/** `deleted` records are gone from matching and search; `hidden` ones exist but the caller may not see them. */
export type RecordState = 'live' | 'deleted' | 'hidden';

/** What contacts and accounts have alike. */
interface StoredRecord {
  readonly id: string;
  organization_id: string | null;
  owner_id: string | null;
  label_ids: readonly string[];
  typed_custom_fields: CustomValues;
  extra: Extra;
  /** `api`, or `email_import` for a placeholder. */
  source: string;
  state: RecordState;
  createdAtMs: number;
  updatedAtMs: number;
}

/** A stored contact, under Apollo's own attribute names. */
export interface Contact extends StoredRecord {
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  title: string | null;
  organization_name: string | null;
  account_id: string | null;
  contact_stage_id: string | null;
  contact_emails: readonly ContactEmail[];
  phone_numbers: readonly Phone[];
}

/** A stored account, under Apollo's own attribute names. */
export interface Account extends StoredRecord {
  name: string | null;
  domain: string | null;
  account_stage_id: string | null;
  parent_account_id: string | null;
  phone: string | null;
  sanitized_phone: string | null;
  raw_address: string | null;
}

/** What a list holds. */
export type Modality = 'contacts' | 'accounts' | 'emailer_campaigns';

/** A list, with the ids of its members. */
export interface Label {
  readonly id: string;
  name: string;
  readonly modality: Modality;
  readonly user_id: string;
  book_of_business: boolean | null;
  readonly members: Set<string>;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

/** A user of the workspace. */
export interface User {
  readonly id: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string;
  readonly title: string;
  readonly admin: boolean;
  readonly deleted: boolean;
  readonly createdAtMs: number;
}

/** A contact stage or an account stage. */
export interface Stage {
  readonly id: string;
  readonly name: string;
  readonly display_order: number;
  readonly category: 'in_progress' | 'succeeded' | 'failed' | null;
  /** Contact stages: `ignore_trigger_override`; account stages: `default_exclude_for_leadgen`. */
  readonly flag: boolean | null;
}

/** The types a custom field may have. */
export type FieldType =
  | 'string'
  | 'textarea'
  | 'number'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'picklist'
  | 'multipicklist';

/** An option of a picklist. */
export interface Option {
  readonly id: string;
  readonly name: string;
  /** Absent of one that was there from the start. */
  readonly createdAtMs?: number;
}

/** A custom field; `id` is the bare one. */
export interface CustomField {
  readonly id: string;
  label: string;
  readonly modality: 'contact' | 'account' | 'opportunity';
  readonly type: FieldType;
  text_field_max_length: number | null;
  options: readonly Option[];
  /** Prefixed id of the field this one belongs to; such a child cannot be updated by itself. */
  readonly parent: string | null;
  readonly createdAtMs: number;
  /** It was made by a request. */
  readonly isNew?: true;
}
