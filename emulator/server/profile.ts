import { defaultQuirks, type Quirks } from '../calls/quirks.ts';
import type { EmulatorOptions } from './options.ts';
import type { Limits } from './windows.ts';

/** What a file of facts about a workspace has that an emulator can behave by; the rest of it is not read. */
interface Profile {
  readonly facts: Readonly<Record<string, { readonly found?: unknown }>>;
  readonly limits?: Readonly<Record<string, Partial<Limits>>>;
  readonly domain?: unknown;
}

/** How an emulator is started that behaves as the workspace did: facts that are not known stay as they are without a profile. */
export function profiled(profile: Profile): Pick<EmulatorOptions, 'quirks' | 'limits' | 'strict'> {
  const quirks: Quirks = { ...defaultQuirks };
  for (const [fact, { found }] of Object.entries(profile.facts)) {
    if (found !== undefined) Object.assign(quirks, changes(fact, found, quirks, profile));
  }
  // What was found was found by asking for more than is documented as well.
  return { quirks, limits: limitsOf(profile.limits ?? {}), strict: false };
}

/** Facts whose words are those of a quirk. */
const SAME: Readonly<Record<string, keyof Quirks>> = {
  bulk_order: 'order',
  bulk_matches: 'bulkMatches',
  repeated_existing: 'repeatedExisting',
  within_batch: 'withinBatch',
  without_dedupe: 'withoutDedupe',
  slim_existing: 'slimExisting',
  invalid_address: 'invalidEmail',
  search_wide: 'perPageAbove100',
  search_beyond: 'beyondLastPage',
  search_sorting: 'searchSorts',
  update_verb: 'updateVerb',
  stale_answers: 'staleAnswers',
  bulk_update_honours: 'bulkUpdateHonours',
  patch_owner: 'patchOwner',
  absent_ids: 'absentIds',
  absent_in_stages: 'absentInStages',
  absent_in_lists: 'absentInLists',
  unknown_contact: 'unknownContact',
  validation_names: 'validationNames',
  refused_id: 'refusedIds',
  unknown_reference: 'unknownReferences',
  taken_address: 'takenEmail',
  native_values: 'nativeCustomValues',
  misfit: 'customFieldErrors',
  option_name: 'picklistNames',
  moment: 'datetimes',
  long_text: 'longTexts',
  spelling: 'textSpelling',
  list_changes: 'listChanges',
  wrong_key: 'unauthorizedBody',
  missing_scope: 'forbiddenBody',
  profile_team: 'profileTeamId',
  labels_body: 'labelsBody',
  usage_stats: 'usageStats',
  new_field_id: 'createdFieldId',
  duplicate_label: 'duplicateLabels',
};

type Change = (found: unknown, so: Quirks, profile: Profile) => Partial<Quirks>;

const unmatched =
  (rule: Quirks['unmatched'][number]): Change =>
  (found, so) =>
    found === 'missed' ? { unmatched: [...so.unmatched, rule] } : {};

const untaken =
  (action: string): Change =>
  (found, so) =>
    Array.isArray(found) ? { untaken: [...so.untaken, ...found.map((key) => `${action} ${key}`)] } : {};

const headerless =
  (status: Quirks['withoutHeaders'][number]): Change =>
  (found, so) =>
    found === 'absent' ? { withoutHeaders: [...so.withoutHeaders, status] } : {};

/** A time between the look that did not show it and the one that did. */
const SEARCH_MS: Readonly<Record<string, number>> = {
  'at once': 0,
  'within 2 s': 1000,
  'within 10 s': 6000,
  'within 40 s': 25_000,
  longer: 600_000,
};
const JOB_MS: Readonly<Record<string, number>> = {
  'at once': 0,
  'within 2 s': 1000,
  'within 12 s': 7000,
  longer: 600_000,
};
const FIELD_MS: Readonly<Record<string, number>> = {
  'at once': 0,
  'within 2 s': 1000,
  'within 17 s': 9000,
  longer: 600_000,
};

/** The addresses that a probe makes where no domain was named. */
const PROBE_DOMAIN = '@apollo-probe.example.com';

/** Facts that say it in other words. */
const OTHER: Readonly<Record<string, Change>> = {
  bulk_completeness: (found) => ({ incompleteAnswers: found === 'fewer' }),
  bulk_nulls: (found) => ({ nullsInLists: found === 'some' }),
  partial_create: (found) => ({ partialCreateOn422: found === 'some' }),
  partial_update: (found) => ({ partialOn422: found === 'some' }),
  // Of another domain only the user knows which one.
  dropped_address: (found, _, { domain }) =>
    found === 'dropped' && domain === 'reserved' ? { droppedAddresses: [PROBE_DOMAIN] } : {},
  room: (found) => ({ maxContacts: roomIn(found) }),
  match_name: unmatched('name'),
  match_capitals: unmatched('capitals'),
  match_plus: (found) => ({ plusAddressing: found === 'found' }),
  match_further: unmatched('further-address'),
  match_punycode: (found) => ({ punycode: found === 'found' ? 'same' : 'distinct' }),
  match_crm: unmatched('crm-id'),
  account_match_name: unmatched('account-name'),
  account_match_domain: unmatched('account-domain'),
  account_match_crm: unmatched('account-crm-id'),
  search_lag: (found) => ({ searchLagMs: SEARCH_MS[String(found)] ?? 0 }),
  untaken_patch: untaken('contacts/update'),
  untaken_bulk_update: untaken('contacts/bulk_update'),
  untaken_create: untaken('contacts/bulk_create'),
  untaken_stages: untaken('contacts/update_stages'),
  untaken_owners: untaken('contacts/update_owners'),
  untaken_account_patch: untaken('accounts/update'),
  untaken_account_bulk_update: untaken('accounts/bulk_update'),
  dedupe_result: (found) => ({ dedupeResult: found === 'shown' }),
  job: (found) => ({ asyncDelayMs: JOB_MS[String(found)] ?? 1000 }),
  null_values: (found) => ({ nullValues: isList(found) ? 'clear' : 'ignored' }),
  empty_values: (found) => ({ emptyValues: isList(found) ? 'ignored' : 'clear' }),
  append_to_existing: (found) => ({ appendLabelsToExisting: found === 'yes' }),
  free_domains: (found) => ({ freeDomainsMatch: found === 'yes' }),
  field_options: (found) => ({ fieldsShowOptions: found === 'shown' }),
  headers_on_422: headerless('422'),
  headers_on_429: headerless('429'),
  field_lag: (found) => ({ newFieldLagMs: FIELD_MS[String(found)] ?? 0 }),
};

const isList = (found: unknown): boolean => Array.isArray(found) && found.length > 0;

/** `full after 6` is a plan with room for six; one that was full from the start has room for less than a probe makes. */
function roomIn(found: unknown): number {
  const [, made] = /^full after (\d+)$/.exec(String(found)) ?? [];
  return made === undefined ? 0 : Math.max(1, Number(made));
}

function changes(fact: string, found: unknown, so: Quirks, profile: Profile): Partial<Quirks> {
  const quirk = SAME[fact];
  if (quirk === undefined) return OTHER[fact]?.(found, so, profile) ?? {};
  // A word that is not known is left alone where the quirk is not a list of words.
  return Array.isArray(found) === Array.isArray(defaultQuirks[quirk]) ? { [quirk]: found } : {};
}

const limitsOf = (limits: Readonly<Record<string, Partial<Limits>>>): Readonly<Record<string, Limits>> =>
  Object.fromEntries(
    Object.entries(limits).map(([action, { minute = null, hour = null, day = null }]) => [
      action,
      { minute, hour, day },
    ]),
  );
