import type { Deferred } from '../contract/outcome.ts';

/** How many more records the run may send; counted down as they are let through. */
export interface Budget {
  records: number;
}

/** What a row gets for which nothing is left. */
export const overBudget: Deferred = {
  status: 'deferred',
  code: 'run_limit',
  message: 'The run has sent as many records as limits.max_records allows.',
};
