import type { SourceOptions } from '../source/source.ts';
import type { StateDatabase } from '../state/state-database.ts';
import type { StreamChoice } from './chosen-streams.ts';
import type { RowPick } from './picked-rows.ts';
import type { Plan } from './preview/plan-file.ts';

/** How a run is to be made. */
export interface RunOptions extends StreamChoice {
  readonly runId?: string | undefined;
  readonly source: SourceOptions;
  /** How to stop: aborted by a signal, a failure or a defect, whoever is first. */
  readonly run: AbortController;
  /** Sends every row, whatever is known of it but its id. */
  readonly full?: boolean | undefined;
  /** Sends rejected rows again although nothing has changed. */
  readonly retryRejects?: boolean | undefined;
  /** Never makes more calls than this plan has. */
  readonly plan?: Plan | undefined;
  /** Instead of the state store that the configuration names. */
  readonly openState?: typeof StateDatabase.open | undefined;
  /** Takes only some rows of each stream. */
  readonly pick?: RowPick | undefined;
  /** The run that is undone, or the beginning of its id, instead of rows that are read from the source. */
  readonly undone?: string | undefined;
}
