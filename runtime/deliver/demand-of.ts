import type { Clock } from '../contract/clock.ts';
import type { Demand, Unwanted } from '../contract/demand.ts';
import type { Deferred } from '../contract/outcome.ts';
import type { Step, Writer } from '../contract/writer.ts';
import { type Budget, overBudget } from './budget.ts';
import type { Refusals } from './refused/refusals.ts';
import { deferred } from './request.ts';

interface DemandOptions extends Pick<Demand, 'counted'> {
  readonly budget: Budget;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

// A page costs a query, however few rows it has.
const fewestRows = 256;

/** What the rows of a stream are still wanted for: none may be sent beyond the budget, nor by a step that is closed. */
export function demandOf<R>(writer: Writer<R>, { budget, counted, ...run }: DemandOptions): Demand {
  return {
    next: () => ({
      pageRows: Math.max(budget.records, fewestRows),
      unwanted: budget.records > 0 ? closedTo(writer, run) : { rows: 'all', why: overBudget },
    }),
    counted,
  };
}

/** The rows for which there is no open step. What may be found by its match key has more ways than to be created. */
function closedTo<R>(
  writer: Writer<R>,
  { refusals, clock }: Pick<DemandOptions, 'refusals' | 'clock'>,
): Unwanted | undefined {
  const closed = (step: Step<R>): Deferred | undefined => {
    const why = refusals.of(step.request).closed ?? step.limits.closed?.();
    return why && deferred(why, clock);
  };
  const writing = writer.steps.filter((step) => step.limits.closed !== undefined);
  const reasons = writing.flatMap((step) => closed(step) ?? []);
  if (writing.length > 0 && reasons.length === writing.length) return { rows: 'all', why: soonest(reasons) };
  const creating = writer.key.isShared ? undefined : writing.find(({ creates }) => creates);
  const why = creating && closed(creating);
  return why && { rows: 'new', why };
}

const soonest = (reasons: readonly Deferred[]): Deferred =>
  reasons.toSorted((a, b) => (a.retryAt ?? Number.POSITIVE_INFINITY) - (b.retryAt ?? Number.POSITIVE_INFINITY))[0]!;
