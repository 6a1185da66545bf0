import type { RejectLine } from './reject-line.ts';

/** Rows that were rejected for the same reason, with some of them. */
export interface RejectGroup {
  readonly stream: string;
  readonly code: string;
  readonly field: string | null;
  readonly endpoint: string | null;
  readonly http_status: number | null;
  /** Rejected by an earlier run, and not looked at again since nothing has changed. */
  readonly isKnown: boolean;
  readonly rows: number;
  readonly examples: readonly RejectExample[];
}

/** One rejected row. */
interface RejectExample {
  readonly primary_key: string | null;
  readonly message: string;
  /** As in its line. */
  readonly destination_id: string | null;
  /** The source row; absent where the row was not looked at again, since it was rejected before. */
  readonly record?: unknown;
}

/** Examples that are kept of a group. */
export const examplesKept = 3;

// A destination that makes up its own codes must not fill the memory.
const groupsKept = 1000;

/** Counts rejected rows by reason and keeps the first few of each. */
export class RejectSamples {
  readonly #groups = new Map<string, Gathered>();

  add(line: RejectLine & Pick<RejectGroup, 'isKnown'>): void {
    const { stream, code, field, endpoint, http_status, isKnown, primary_key, message, destination_id, record } = line;
    const kind = { stream, code, field, endpoint, http_status, isKnown };
    const name = JSON.stringify(kind);
    const group = this.#groups.get(name) ?? { ...kind, rows: 0, examples: [] };
    if (this.#groups.size < groupsKept) this.#groups.set(name, group);
    group.rows++;
    if (group.examples.length < examplesKept) group.examples.push({ primary_key, message, destination_id, record });
  }

  /** The largest group first. */
  get groups(): readonly RejectGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.rows - a.rows);
  }
}

type Gathered = Omit<RejectGroup, 'rows' | 'examples'> & { rows: number; examples: RejectExample[] };

/** The message of the first rejected row, by stream and code. */
export type RejectMessages = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One message for each code of each stream. */
export function messagesOf(groups: readonly RejectGroup[]): RejectMessages {
  const found: Record<string, Record<string, string>> = {};
  for (const { stream, code, examples } of groups) {
    found[stream] ??= {};
    found[stream][code] ??= examples[0]?.message ?? '';
  }
  return found;
}
