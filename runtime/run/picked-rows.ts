import type { StreamConfig } from '../contract/destination.ts';
import type { SourceRow } from '../contract/record.ts';
import type { Writer } from '../contract/writer.ts';
import { isAskedKey } from '../facts/asked-key.ts';
import { counted } from '../facts/counted.ts';
import type { StreamReport } from '../facts/report.ts';
import type { StreamState } from '../state/stream/stream-state.ts';
import { leftOutTexts, type StreamChoice } from './chosen-streams.ts';

/** Which rows of each stream a run takes; the others are left as they are, and have no outcome. */
export interface RowPick {
  /** Only so many, from the beginning of the source. */
  readonly limit?: number | undefined;
  /** Only those of these primary keys. */
  readonly keys?: readonly string[] | undefined;
}

/** Whether a run takes some rows only. Then nothing is said of rows that are gone: they may be among those not taken. */
export const isPicking = ({ limit, keys = [] }: RowPick): boolean => limit !== undefined || keys.length > 0;

/** The notice about what a run leaves out: streams that are disabled, rows that are not taken. */
export const choiceTexts = (
  { streams }: { readonly streams: readonly StreamConfig[] },
  choice: StreamChoice & { readonly pick?: RowPick | undefined },
): readonly string[] => [
  ...leftOutTexts(streams, choice),
  ...(choice.pick && isPicking(choice.pick) ? [pickText(choice.pick)] : []),
];

function pickText({ limit, keys = [] }: RowPick): string {
  const rows = limit === 1 ? 'row' : counted(limit ?? 0, 'row');
  const which = [
    ...(limit === undefined ? [] : [`--limit ${limit}: only the first ${rows} of each stream`]),
    ...(keys.length === 0
      ? []
      : [`--key: only the rows of ${keys.length === 1 ? 'this key' : `these ${keys.length} keys`}`]),
  ];
  return `${which.join('; ')}. All others stay as they are, those included that are gone from the source.`;
}

/**
 * The rows that a run takes of one stream. The source is read and compared whole all the same: which row supersedes which, and
 * whose record is whose, only all of them tell.
 */
export class PickedRows {
  readonly #pick: RowPick;
  readonly #writer: Pick<Writer<unknown>, 'map'>;
  readonly #seen = new Set<string>();
  #taken = 0;

  constructor(pick: RowPick, writer: Pick<Writer<unknown>, 'map'>) {
    this.#pick = pick;
    this.#writer = writer;
  }

  async *of(rows: AsyncIterable<readonly SourceRow[]>): AsyncGenerator<readonly SourceRow[], void, void> {
    for await (const chunk of rows) {
      const taken = chunk.filter((row) => this.#takes(row));
      this.#taken += taken.length;
      if (taken.length > 0) yield taken;
    }
  }

  /** Counts, once all rows have been handed out, those taken that were not, since nothing about them has changed. */
  async countUnchanged(report: StreamReport, total: number, state: StreamState | undefined): Promise<void> {
    const unchanged = await this.#unchanged(total, state);
    report.read += unchanged;
    report.unchanged += unchanged;
  }

  async #unchanged(total: number, state: StreamState | undefined): Promise<number> {
    const { limit, keys = [] } = this.#pick;
    if (keys.length === 0) return Math.max(0, Math.min(limit ?? total, total) - this.#taken);
    if (state === undefined || limit !== undefined) return 0;
    const seen = [...this.#seen];
    const others = keys.filter((key) => !seen.some((one) => isAskedKey(one, key)));
    return (await state.present(others)).length;
  }

  #takes({ position, row }: SourceRow): boolean {
    const { limit, keys = [] } = this.#pick;
    if (limit !== undefined && position >= limit) return false;
    if (keys.length === 0) return true;
    const { primaryKey } = this.#writer.map(row);
    if (primaryKey === undefined || !keys.some((key) => isAskedKey(primaryKey, key))) return false;
    this.#seen.add(primaryKey);
    return true;
  }
}
