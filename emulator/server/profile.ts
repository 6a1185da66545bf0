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
  let quirks: Partial<Quirks> = {};
  for (const [fact, { found }] of Object.entries(profile.facts)) {
    if (found !== undefined) quirks = { ...quirks, ...changes(fact, found, profile) };
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
  slim_existing: 'slimExisting',
  wrong_key: 'unauthorizedBody',
  profile_team: 'profileTeamId',
};

type Change = (found: unknown, profile: Profile) => Partial<Quirks>;

/** Facts that say it in other words. */
const OTHER: Readonly<Record<string, Change>> = {
  bulk_completeness: (found) => ({ incompleteAnswers: found === 'fewer' }),
  bulk_nulls: (found) => ({ nullsInLists: found === 'some' }),
};

function changes(fact: string, found: unknown, profile: Profile): Partial<Quirks> {
  const quirk = SAME[fact];
  if (quirk === undefined) return OTHER[fact]?.(found, profile) ?? {};
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

/** The facts that an emulator can behave by. */
export const profiledFacts: readonly string[] = [...Object.keys(SAME), ...Object.keys(OTHER)];
