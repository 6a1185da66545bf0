import type { Position } from '../../runtime/contract/outcome.ts';

/** A record that was sent, by the keys that its answer can carry. */
interface Sent {
  readonly position: Position;
  readonly matchKey: string;
  /** The match field as it was sent, where the match key is made of it. */
  readonly spelled?: string | undefined;
  /** Every key by which Apollo could take the record for another one; no two records of a request share one. */
  readonly identity: readonly string[];
}

/** A record that Apollo returned. */
interface Returned<S> {
  readonly slim: S;
  /** The match field as it is shown. Most records come back in the spelling that was sent, and need no keys to be paired. */
  readonly spelled?: unknown;
  /** Every match key that a row for this record could have. */
  readonly matchKeys: readonly string[];
  /** The lesser keys too, as `Sent.identity`; most records are paired by their match key, and these are never asked for. */
  identity(): readonly string[];
  /** The kind of match key that it does not mention, not even as absent. */
  readonly silentOn?: string | undefined;
}

/** Which returned record answers for a record that was sent. */
export interface Pair<S> {
  /**
   * `created-otherwise`: Apollo has created a record that has the name of the row and another match key than it was given.
   * `name-match`: Apollo has matched a record under another key than the row's own.
   */
  readonly as: 'created' | 'created-otherwise' | 'existing' | 'name-match';
  readonly slim: S;
}

/**
 * Pairs what bulk_create returned with what was sent, by identity: its answer has no order and no index
 * (docs.apollo.io/reference/bulk-create-contacts, 2026-08, is silent on both: P01, P02, P05; by what records are found: P13 to P21, P69). A record
 * that is left out of the result
 * was not mentioned, or cannot be distinguished from others; sent alone it can.
 */
export function pair<S>(
  sent: readonly Sent[],
  created: readonly Returned<S>[],
  existing: readonly Returned<S>[],
): Map<Position, Pair<S>> {
  const pairs = new Map<Position, Pair<S>>();
  const bySpelling = new Map<unknown, Position>();
  for (const { spelled, position } of sent) if (spelled !== undefined) bySpelling.set(spelled, position);
  // Most answers need none of it.
  let byMatchKey: ReadonlyMap<string, Position> | undefined;
  const byKey = ({ matchKeys }: Returned<S>): Position | undefined => {
    byMatchKey ??= new Map(sent.map(({ matchKey, position }) => [matchKey, position]));
    return matchKeys.map((key) => byMatchKey!.get(key)).find((found) => found !== undefined);
  };
  const positionOf = (one: Returned<S>): Position | undefined => bySpelling.get(one.spelled) ?? byKey(one);

  /** Pairs by match key and returns those that carry none of the keys sent. */
  const claim = (returned: readonly Returned<S>[], as: 'created' | 'existing'): Returned<S>[] =>
    returned.filter((one) => {
      const position = positionOf(one);
      if (position === undefined) return true;
      // Of two records with one key the first counts, the created one above all: the other is that same row's too.
      if (!pairs.has(position)) pairs.set(position, { as, slim: one.slim });
      return false;
    });

  const newcomers = claim(created, 'created');
  const nameMatches = claim(existing, 'existing');
  if (newcomers.length > 0) {
    claimByLesserKeys(sent, newcomers, 'created', pairs);
    claimOtherwise(sent, newcomers, pairs);
  }
  claimByLesserKeys(sent, nameMatches, 'name-match', pairs);
  return pairs;
}

/**
 * Pairs by the lesser keys, name and company above all. Of a request with one record, whatever came back is its answer, but
 * for a created record that shows somebody else's key, or does not show whose it is; of a larger one a guess could take one row
 * for another.
 */
function claimByLesserKeys<S>(
  sent: readonly Sent[],
  returned: readonly Returned<S>[],
  as: 'created' | 'name-match',
  pairs: Map<Position, Pair<S>>,
): void {
  const isClaimed = (shown: Returned<S>): boolean => {
    const open = sent.filter(({ position }) => !pairs.has(position));
    const isPossible = (one: Sent) =>
      as === 'name-match' || (kindOf(one) !== shown.silentOn && mayBeOf(one, shown.matchKeys));
    const possible = open.filter(isPossible);
    const keys = new Set(sent.length === 1 ? [] : shown.identity());
    const alike = sent.length === 1 ? possible : possible.filter((one) => one.identity.some((key) => keys.has(key)));
    if (alike.length === 1) pairs.set(alike[0]!.position, { as, slim: shown.slim });
    return alike.length === 1;
  };
  // Each pair leaves the others fewer to choose from, in whatever order an answer has them.
  let [left, before] = [returned, 0];
  do {
    before = left.length;
    left = left.filter((one) => !isClaimed(one));
  } while (left.length < before);
}

/** Pairs created records that show another match key than any row, and the name of one: to send that again could make another one. */
function claimOtherwise<S>(
  sent: readonly Sent[],
  created: readonly Returned<S>[],
  pairs: Map<Position, Pair<S>>,
): void {
  const taken = new Set([...pairs.values()].map(({ slim }) => slim));
  for (const shown of created) {
    if (taken.has(shown.slim)) continue;
    const keys = new Set(shown.identity());
    const alike = sent.filter((one) => !pairs.has(one.position) && one.identity.some((key) => keys.has(key)));
    if (alike.length === 1) pairs.set(alike[0]!.position, { as: 'created-otherwise', slim: shown.slim });
  }
}

/**
 * Whether a record that was created may be made of a row: not if it shows another address, domain or id than the row's. A
 * name may come in another spelling.
 */
export function mayBeOf(sent: Pick<Sent, 'matchKey'>, shown: readonly string[]): boolean {
  const kind = kindOf(sent);
  return kind === 'name' || shown.includes(sent.matchKey) || !shown.some((key) => key.startsWith(`${kind}:`));
}

const kindOf = ({ matchKey }: Pick<Sent, 'matchKey'>): string => matchKey.slice(0, matchKey.indexOf(':'));
