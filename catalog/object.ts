/** What a value of a field is, before and after `coerce`. */
export type FieldType =
  | 'text' // string
  | 'email' // normalised e-mail address
  | 'phone' // as given, checked: 6 to 16 digits
  | 'url' // http(s) URL
  | 'domain' // bare registrable host: lower case, no `www.`
  | 'date' // YYYY-MM-DD
  | 'datetime' // ISO 8601, UTC
  | 'number' // decimal digits as a string where the API documents strings
  | 'boolean'
  | 'id' // 24 hex digits
  | 'stage' // name or id of a stage, becomes its id
  | 'owner' // e-mail or id of a user, becomes the id
  | 'lists' // names of lists
  | 'option' // label or id of one picklist option, becomes its id
  | 'options' // several of them
  | 'texts'; // a list of strings

/** The endpoints that can write a field, from the cheapest a record. */
export type EndpointName = 'create' | 'bulkUpdate' | 'patch' | 'stages' | 'owners' | 'labels';

/** Where in a request's body a field stands. */
export interface Place {
  /** In each record, once for the whole request, or inside a record's `typed_custom_fields`. */
  readonly in: 'record' | 'request' | 'typed_custom_fields';
  readonly as: string;
}

/** One field of an object: all that validation, mapping, requests, discover and the docs know of it. */
export interface Field {
  /** The name in a mapping: Apollo's own, or `custom:<id>`. */
  readonly name: string;
  /** The name that the mapping gives it, where that is another one: an alias, or `custom:` and a label. For people only. */
  readonly mappedAs?: string;
  /** Names that other tools use for it. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly type: FieldType;
  /** Longest value in characters; absent where none is documented. */
  readonly maxLength?: number;
  /** Options of a picklist, stages, or users: what `coerce` looks values up in. Absent: not known, only ids pass. */
  readonly options?: readonly Option[];
  /** Of a list of `texts`: what each entry is, and how it goes over the wire. */
  readonly items?: Items;
  /** Apollo finds records by it. A null never empties it, and a constant is not a value for it. */
  readonly identity?: true;
  /** Why it cannot be written although it can be read: mapping it is refused with this text. */
  readonly locked?: string;
  /** Which endpoint writes it, and where. That is its price: 100 records a request, or one. Absent: it cannot. */
  readonly writable: Partial<Record<EndpointName, Place>>;
  /** The key under which answers show its current value; absent where none does. */
  readonly shownAs?: string;
  /** Of a phone slot: the `type` of its entry in `phone_numbers`. */
  readonly phoneType?: string;
  /** What a user should know before mapping it. */
  readonly note?: string;
  /** The page that documents it, and its date. */
  readonly source: string;
}

/** What the entries of a list are: plain strings, or objects that hold one under `as` beside its `position`. */
interface Items {
  readonly type: 'text' | 'email' | 'phone' | 'id';
  /** `email` makes `[{ email, position: 0 }, …]`; absent: the strings themselves. */
  readonly as?: string;
}

/** A choice that is written by id and named by people. */
export interface Option {
  readonly id: string;
  /** What people call it; looked up without regard to case. */
  readonly names: readonly string[];
}

/** A field that exists and can be read, but not written. */
interface ReadOnlyField {
  readonly name: string;
  readonly reason: string;
}

export type ObjectName = 'contacts' | 'accounts';

/** An object of the destination. */
export interface DestinationObject {
  readonly name: ObjectName;
  /** `contact` or `account`, as Apollo's field ids and lists say it. */
  readonly singular: 'contact' | 'account';
  readonly matchField: string;
  readonly fields: readonly Field[];
  readonly readOnly: readonly ReadOnlyField[];
}

/** A value as it goes over the wire; the empty string clears a field. */
export type WireValue = string | number | boolean | readonly string[];

/** What a row says a record should be: field name to value. A field that is absent is left alone. */
export type Values = Readonly<Record<string, WireValue>>;
