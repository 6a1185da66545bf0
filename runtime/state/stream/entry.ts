import type { Outcome } from '../../contract/outcome.ts';
import type { Settled } from '../../contract/record.ts';
import { nextPlace } from '../next-place.ts';
import type { TableRow } from '../tables.ts';

/** The code of a superseded row whose record another row has, under another match key. */
export const SAME_RECORD = 'same_record';

/** What is known of a row, for either table: among others of its row it has one number, `place` in the one and `seq` in the other. */
type Entry = TableRow<'records'> & TableRow<'journal'>;

/** Two times, the first before the second, in milliseconds since the epoch; null for what is not known. */
interface Between {
  readonly from: number | null;
  readonly at: number | null;
}

/** What an outcome is remembered under. */
interface EntryOptions {
  readonly stream: string;
  readonly version: string | undefined;
  readonly runId: string;
  readonly at: number;
  /** Between which times the run has confirmed what it has: from its begin until now, by the destination's clock. */
  readonly confirmed: Between;
  /** Its row has gone: what is settled is what happens to the record then. */
  readonly isRemoval?: boolean | undefined;
}

/**
 * What is remembered of a settled row; undefined where there is nothing new to remember. Of a deferred row that is at
 * most what the destination has confirmed on the way: its id, and a part of its values.
 */
export function entryOf(settled: Settled, options: EntryOptions): Entry | undefined {
  const { primaryKey, outcome, repeated, isKnownReject = false } = settled;
  const { isRemoval = false } = options;
  const isDeferred = outcome.status === 'deferred';
  const isKept = isRemoval && !isDeferred ? isKnownReject : !isNews(settled, options);
  if (primaryKey === undefined || repeated || isKept) return undefined;
  const { code, message } = saidOf(outcome);
  const confirmed = confirmedBetween(settled, options.confirmed);
  const place = nextPlace(options.at);
  // Written out, as in `itemOf`: every new row comes by here.
  return {
    seq: place,
    stream: options.stream,
    primary_key: primaryKey,
    destination_id: idOf(settled),
    match_key: keyOf(settled),
    row_hash: hashOf(settled),
    // Without a fingerprint it is sent again: a cause outside the row may be gone by the next run.
    fingerprint: isDeferred || isRetryable(outcome) ? null : (settled.fingerprint ?? null),
    values: valuesText(settled),
    lists: listsText(settled),
    // Whatever else was learned of it, its match key was not looked at: then it would have come without what was known.
    moved: settled.known?.moved === true && idOf(settled) === settled.known.id,
    mapping_version: options.version ?? null,
    outcome: isRemoval && !isDeferred ? 'removed' : outcome.status,
    unfinished: isDeferred && (settled.unfinished ?? false),
    code,
    message,
    attempts: outcome.status === 'rejected' ? (outcome.rejection.attempts ?? 0) : null,
    settled_at: options.at,
    run_id: options.runId,
    confirmed_from: confirmed.from,
    confirmed_at: confirmed.at,
    place,
  };
}

/** Between which times the destination has shown or taken what is remembered: in this run, or as it was known before. */
function confirmedBetween({ known, id, outcome, changes = [] }: Settled, now: Between): Between {
  const isNow = outcome.status === 'created' || outcome.status === 'updated' || changes.length > 0 || id !== known?.id;
  return isNow ? now : { from: known?.confirmedFrom ?? null, at: known?.confirmedAt ?? null };
}

/** Null where the row is to be looked at again, whatever it holds then. */
const hashOf = (settled: Settled): bigint | null =>
  settled.outcome.status === 'deferred' || settled.rowHash === undefined || lacksOption(settled)
    ? null
    : BigInt(settled.rowHash);

/** A value was left out for want of an option, which may be there by the next run. */
const lacksOption = ({ dropped = [] }: Settled): boolean => dropped.some(({ code }) => code === 'unknown_option');

/** Why a row was not written. */
function saidOf(outcome: Outcome): Pick<Entry, 'code' | 'message'> {
  // Completed by the name of the row that has the record, once that is known.
  if (outcome.status === 'superseded' && outcome.sharing) return { code: SAME_RECORD, message: outcome.sharing };
  const said = outcome.status === 'rejected' ? outcome.rejection : outcome.status === 'deferred' ? outcome : undefined;
  return { code: said?.code ?? null, message: said?.message ?? null };
}

/** Superseded as before, and not looked at again: which row has its record is known. */
const isStillSuperseded = ({ known, outcome, fingerprint }: Settled): boolean =>
  outcome.status === 'superseded' &&
  !outcome.sharing &&
  fingerprint !== undefined &&
  known?.outcome === 'superseded' &&
  fingerprint === known.fingerprint;

/** Whether the state store does not have all of this already. */
function isNews(settled: Settled, { version }: EntryOptions): boolean {
  const { known, outcome, rowHash, fingerprint } = settled;
  if (outcome.status === 'deferred') return (settled.id ?? known?.id) !== undefined && isLearned(settled);
  if (known == null || isLearned(settled)) return true;
  if (isStillSuperseded(settled)) return false;
  if (outcome.status === 'created' || outcome.status === 'updated') return true;
  const isSame =
    rowHash === known.rowHash &&
    fingerprint === known.fingerprint &&
    version === known.version &&
    keyOf(settled) === (known.matchKey ?? null) &&
    codeOf(outcome) === known.rejection?.code &&
    outcome.status !== 'superseded';
  return !isSame || (outcome.status !== known.outcome && outcome.status !== 'unchanged');
}

/** Whether the record, or what it holds, is not what was known. */
const isLearned = (settled: Settled): boolean =>
  (idOf(settled) ?? undefined) !== settled.known?.id ||
  valuesText(settled) !== textOf(settled.known?.values) ||
  listsText(settled) !== listsText({ known: settled.known });

/** Lists that were put on stay, unless something is said of them. */
const listsText = ({ lists, known, outcome }: Partial<Settled>): string | null => {
  if (outcome?.status === 'superseded') return null;
  const all = lists ?? known?.lists ?? [];
  return all.length === 0 ? null : JSON.stringify(all);
};

const isRetryable = (outcome: Outcome): boolean =>
  outcome.status === 'rejected' && outcome.rejection.retryable === true;

const codeOf = (outcome: Outcome): string | undefined =>
  outcome.status === 'rejected' ? outcome.rejection.code : undefined;

/** A superseded row has no record: another row has. */
const idOf = ({ id, outcome }: Settled): string | null => {
  if (outcome.status === 'superseded') return null;
  return id ?? ('id' in outcome ? outcome.id : undefined) ?? null;
};

/** The key by which the record is known; of a row without a record, its own. */
const keyOf = (settled: Settled): string | null => {
  const { matchKey = null, knownBy = matchKey } = settled;
  return idOf(settled) === null ? matchKey : knownBy;
};

/** What a record holds is not known once another row has it. */
const valuesText = ({ outcome, values }: Settled): string | null =>
  outcome.status === 'superseded' ? null : textOf(values);

const textOf = (values: unknown): string | null =>
  values === undefined || values === null ? null : JSON.stringify(values);
