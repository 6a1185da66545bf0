/**
 * One switch for each thing that Apollo's documentation leaves open or contradicts itself about. The defaults and
 * their reasons stand in docs/emulator.md.
 */
export interface Quirks {
  /** Order of bulk answers. No order is promised, so the default is one that no client can rely on. */
  order: 'shuffled' | 'sent';
  /** Two items of one bulk_create that match each other, with run_dedupe. */
  withinBatch: 'existing' | 'both';
  /** Two items of one bulk_create that match the same stored record: listed for each item, or once. */
  repeatedExisting: 'each' | 'once';
  /** Bulk creates of five records and more: the answer has all of them, or lacks the last one. */
  incompleteAnswers: boolean;
  /** Whether the lists of a bulk create begin with null. */
  nullsInLists: boolean;
  /** What a bulk create with run_dedupe does with the records that it finds. */
  bulkMatches: 'unchanged' | 'overwritten';
  /** A record that is there, sent in a bulk create without run_dedupe. */
  withoutDedupe: 'inserts' | 'finds';
  /** Whether the contacts before a bad one are made when a bulk create is refused with 422. */
  partialCreateOn422: boolean;
  /** Rules that find nothing in a bulk create. */
  unmatched: readonly MatchRule[];
  /** Whether an address in punycode is that in letters. */
  punycode: 'distinct' | 'same';
  /** Whether `append_label_names` also reaches the records that were found. */
  appendLabelsToExisting: boolean;
  /** Keys outside the documentation that bulk_update honours all the same (lenient mode only). */
  bulkUpdateHonours: readonly ('stage' | 'phones' | 'labels')[];
  /** Whether the rows before a bad one are written when a bulk_update is refused with 422. */
  partialOn422: boolean;
  /** Whether the 422 of a bulk update names the contact. */
  validationNames: 'contact_id' | 'nothing';
  /** Whether PATCH of a contact writes its owner, which is not documented (lenient mode only). */
  patchOwner: 'ignored' | 'taken';
  /** How PATCH answers for a contact that there is not. */
  unknownContact: '422' | '404';
  /** Ids in an update of stages that are unknown or deleted. */
  absentInStages: 'omitted' | '422';
  /** Ids that are added to a list and are unknown. */
  absentInLists: 'ignored' | '422';
  /** An update that gives a contact the address of another one: taken, refused with 422, left out in silence, or both become the other one. */
  takenEmail: 'accepted' | '422' | 'kept' | 'merged';
  /** An invalid e-mail on create, bulk_create and single update: left out, or the request refused. */
  invalidEmail: 'dropped' | '422';
  /** Ids in a bulk_update that are unknown or deleted: missing from the answer, or the request refused. */
  absentIds: 'omitted' | '422';
  /** Well-formed ids of stages and accounts that do not exist. */
  unknownReferences: 'accepted' | '422';
  /** Statuses of refusals that come without the rate headers. */
  withoutHeaders: readonly ('422' | '429')[];
  /** How lists are listed. */
  labelsBody: 'array' | 'object';
  /** Whether a search comes in the order that was asked for. */
  searchSorts: 'honoured' | 'ignored';
  /** How an answer names a refused id: by its value, with one text or another, or by no name at all. */
  refusedIds: 'not-valid' | 'other-team' | 'unnamed';
  /** Contacts that the plan has room for; beyond it whoever asks for one more is refused. 0 means no limit. */
  maxContacts: number;
  /** Which of the three generations of body a 401 has. */
  unauthorizedBody: 'old-text' | 'new-text' | 'json';
  /** Whether the profile of a key names its team. */
  profileTeamId: 'shown' | 'absent';
  /** Which of the two generations of text a 403 for a missing scope has. */
  forbiddenBody: 'old' | 'new';
  /** Whether contacts and accounts are updated by PATCH (and PUT), or by PUT only as until 2024. */
  updateVerb: 'patch' | 'put-only-404' | 'put-only-405';
  /** Whether a single create with run_dedupe tells that it found a record. */
  dedupeResult: boolean;
  /** How long search shows neither a new record nor what was changed about one. */
  searchLagMs: number;
  /** Pages that one search shows; beyond them lies nothing. */
  searchPages: number;
  /** Search beyond the last page that is shown: an empty page, or 422. */
  beyondLastPage: 'empty' | '422';
  /** `per_page` above 100 in search: cut to 100, or 422. */
  perPageAbove100: 'capped' | '422';
  /** Slim items of `existing_*`: with all keys, or only with those of the published schema. */
  slimExisting: 'full' | 'schema';
  /** Whether `a+x@d` finds `a@d`. */
  plusAddressing: boolean;
  /** Whether gmail.com and the like count as a company in the name-and-company rule. */
  freeDomainsMatch: boolean;
  /** What a JSON null does (lenient mode only; strict mode refuses it). */
  nullValues: 'ignored' | 'clear';
  /** What the empty text does in updates. */
  emptyValues: 'clear' | 'ignored';
  /** The name of an option where its id is expected. */
  picklistNames: 'ignored' | 'resolved';
  /** How a moment with an offset is stored. */
  datetimes: 'sent' | 'utc';
  /** Texts of more than 255 characters. */
  longTexts: 'kept' | 'cut' | '422';
  /** Numbers and booleans in `typed_custom_fields` (lenient mode only; strict mode refuses them). */
  nativeCustomValues: 'stored' | 'ignored';
  /** A custom value that does not fit its field: dropped in silence, or named in `custom_field_errors`, in one of its forms. */
  customFieldErrors: 'silent' | 'reported' | 'array' | 'string' | 'nested';
  /** What a request does not write although it answers 200: `contacts/update title`, an action and a key of a record. */
  untaken: readonly string[];
  /** Actions that write, and answer with the record as it was before. */
  staleAnswers: readonly string[];
  /** How names, titles and companies are stored: as they were sent, or in a spelling of Apollo's own. */
  textSpelling: 'sent' | 'spaces' | 'title-case';
  /** Ends of addresses that a create leaves out, and makes the contact all the same. */
  droppedAddresses: readonly string[];
  /** Ids of contacts that were merged into another one: requests for the first concern the second. */
  mergedContacts: Readonly<Record<string, string>>;
  /** What adding to lists and removing from them does: as asked; nothing, and says so in one of these ways; nothing, and says it did. */
  listChanges: 'done' | 'no-labels' | 'other-labels' | 'other-message' | 'failed-job' | 'claimed';
  /** Of a hundred records, how many stay on a list though the answer says that they were taken off; the same ones each time. */
  lostRemovalsPercent: number;
  /** Whether `GET /fields` shows picklist options. */
  fieldsShowOptions: boolean;
  /** How long lists of fields show neither a new custom field nor a new option of a picklist. */
  newFieldLagMs: number;
  /** A custom field with the label of another one: made all the same, or refused with 422. */
  duplicateLabels: 'accepted' | '422';
  /** The id in the answer of `POST /fields`: the one that values are written by, or a UUID as in the published sample. */
  createdFieldId: 'bare' | 'uuid';
  /** Which actions usage statistics list: those of the published sample, or all. */
  usageStats: 'sample' | 'all';
  /** How long an asynchronous job takes. */
  asyncDelayMs: number;
}

/** By what a bulk create finds records; those of accounts with their name before it. */
type MatchRule =
  | 'name'
  | 'capitals'
  | 'further-address'
  | 'crm-id'
  | 'account-name'
  | 'account-domain'
  | 'account-crm-id';

/** Quirks as they are when nothing is set. */
export const defaultQuirks: Readonly<Quirks> = {
  order: 'shuffled',
  withinBatch: 'existing',
  repeatedExisting: 'each',
  incompleteAnswers: false,
  nullsInLists: false,
  bulkMatches: 'unchanged',
  withoutDedupe: 'inserts',
  partialCreateOn422: false,
  unmatched: [],
  punycode: 'distinct',
  appendLabelsToExisting: false,
  bulkUpdateHonours: [],
  partialOn422: false,
  validationNames: 'contact_id',
  patchOwner: 'ignored',
  unknownContact: '422',
  absentInStages: 'omitted',
  absentInLists: 'ignored',
  takenEmail: 'accepted',
  invalidEmail: 'dropped',
  absentIds: 'omitted',
  unknownReferences: 'accepted',
  withoutHeaders: [],
  labelsBody: 'array',
  searchSorts: 'honoured',
  refusedIds: 'not-valid',
  maxContacts: 0,
  unauthorizedBody: 'json',
  profileTeamId: 'shown',
  forbiddenBody: 'new',
  updateVerb: 'patch',
  dedupeResult: false,
  searchLagMs: 0,
  searchPages: 500,
  beyondLastPage: 'empty',
  perPageAbove100: 'capped',
  slimExisting: 'full',
  plusAddressing: true,
  freeDomainsMatch: false,
  nullValues: 'ignored',
  emptyValues: 'clear',
  picklistNames: 'ignored',
  datetimes: 'sent',
  longTexts: 'kept',
  nativeCustomValues: 'stored',
  customFieldErrors: 'silent',
  untaken: [],
  staleAnswers: [],
  textSpelling: 'sent',
  droppedAddresses: [],
  mergedContacts: {},
  listChanges: 'done',
  lostRemovalsPercent: 0,
  fieldsShowOptions: false,
  newFieldLagMs: 0,
  duplicateLabels: 'accepted',
  createdFieldId: 'bare',
  usageStats: 'sample',
  asyncDelayMs: 1000,
};

/** The names in `changes` that are not quirks; a misspelt switch must not pass in silence. */
export function unknownQuirks(changes: object): string[] {
  return Object.keys(changes).filter((name) => !(name in defaultQuirks));
}
