import type { Outcome } from '../contract/outcome.ts';
import type { Known } from '../contract/state-store.ts';

/** What decides by which key the destination has the record of a row. */
interface Keyed {
  readonly id: string | undefined;
  readonly matchKey?: string | undefined;
  readonly known?: Known | null | undefined;
  /** The destination has confirmed what the row's own key is made of. */
  readonly isNamed?: boolean | undefined;
  /** A person has said that it is the row's. */
  readonly isAdopted?: boolean | undefined;
}

/**
 * The match key by which the destination has a row's record, where that is another one than the row's own: a change of it
 * is not confirmed. Null where that is not known; undefined where it is the row's own.
 */
export function knownBy(
  { id, matchKey, known, isNamed, isAdopted }: Keyed,
  { status }: Outcome,
): string | null | undefined {
  if (isAdopted && !isNamed && id !== undefined) return null;
  if (id === undefined || id !== known?.id || known.matchKey === matchKey || isNamed) return undefined;
  return status === 'rejected' || status === 'deferred' ? (known.matchKey ?? null) : undefined;
}
