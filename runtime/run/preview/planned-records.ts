import { type EstimableWriter, estimable } from '../../contract/estimate.ts';
import type { Deferred, Position } from '../../contract/outcome.ts';
import type { PreparedRecord } from '../../contract/record.ts';
import { learnedBy, type Step, type Writer } from '../../contract/writer.ts';
import type { WithheldRecords } from '../../facts/report.ts';
import type { Plan } from './plan-file.ts';

type Kind = keyof WithheldRecords;

/**
 * Holds the rows of one stream to what its plan says of records: no more are created, changed or emptied. A row counts when a
 * step that writes takes it, once for each of them, so that a run never comes to more than the preview has said.
 */
export class PlannedRecords<R> {
  readonly #name: string;
  readonly #most: Readonly<Record<Kind, number>>;
  readonly #writer: Writer<R>;
  readonly #isRemoval: boolean;
  readonly #estimated: ReturnType<EstimableWriter<R>['estimated']>['steps'];
  readonly #counted: Readonly<Record<Kind, Set<Position | string>>> = {
    creates: new Set(),
    changes: new Set(),
    clears: new Set(),
    removals: new Set(),
  };
  readonly #withheld: WithheldRecords;

  /** `withheld` is counted up. With `isRemoval` the rows are those that are gone from the source. */
  constructor(
    planned: Plan['streams'][number],
    writer: Writer<R>,
    { withheld, isRemoval }: { readonly withheld: WithheldRecords; readonly isRemoval: boolean },
  ) {
    this.#name = planned.name;
    this.#most = planned.most;
    this.#writer = writer;
    this.#isRemoval = isRemoval;
    this.#estimated = isRemoval ? [] : estimable(writer).estimated('lower').steps;
    this.#withheld = withheld;
  }

  /** Why a step may not send a record; undefined where it may, and then it counts. */
  readonly allow = (step: Step<R>, record: PreparedRecord<R>): Deferred | undefined => {
    if (step.limits.closed === undefined) return undefined;
    const wanted = this.#wanted(step, record).filter(([kind, name]) => !this.#counted[kind].has(name));
    const beyond = KINDS.find((kind) => {
      const more = wanted.filter(([one]) => one === kind).length;
      return more > 0 && this.#counted[kind].size + more > this.#most[kind];
    });
    if (beyond !== undefined) {
      this.#withheld[beyond]++;
      return beyondPlan(this.#name, beyond, this.#most[beyond]);
    }
    for (const [kind, name] of wanted) this.#counted[kind].add(name);
    return undefined;
  };

  /** What it takes of the plan that a step sends a record. */
  #wanted(step: Step<R>, record: PreparedRecord<R>): readonly (readonly [Kind, Position | string])[] {
    const { position } = record;
    if (this.#isRemoval) return [['removals', position]];
    if (step.creates) return [['creates', position]];
    // What the run has created is finished as a part of that.
    if (learnedBy(this.#writer, record.record).isCreated) return [];
    const writes = this.#estimated[this.#writer.steps.indexOf(step)]?.writes?.(record) ?? [];
    const cleared = writes
      .filter(({ clears }) => clears)
      .map(({ field }) => ['clears', `${position} ${field}`] as const);
    return [['changes', position], ...cleared];
  }
}

const KINDS = ['creates', 'changes', 'clears', 'removals'] as const satisfies readonly Kind[];

const beyondPlan = (stream: string, kind: Kind, most: number): Deferred => ({
  status: 'deferred',
  code: 'run_limit',
  message: `The plan of this run has ${most} ${kind} of stream ${stream}, and no more. Sync with a new plan, or without one.`,
});
