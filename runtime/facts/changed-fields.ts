import type { Settled } from '../contract/record.ts';
import { fieldShown, type RunAbout } from './about.ts';
import type { RunReport } from './run-report.ts';

/** Counts of how many existing records a run has changed each field. */
export class ChangedFields {
  readonly #counts = new Map<string, { stream: string; field: string; records: number }>();

  add(stream: string, { changes, primaryKey, id }: Settled): void {
    if (changes === undefined || primaryKey === undefined || id === undefined) return;
    for (const { field } of changes) {
      const name = JSON.stringify([stream, field]);
      const count = this.#counts.get(name) ?? { stream, field, records: 0 };
      count.records++;
      this.#counts.set(name, count);
    }
  }

  /** The most first. */
  get all(): RunReport['changed'] {
    return byMost([...this.#counts.values()]);
  }
}

/** The same with fields as the mappings name them. */
export const changedShown = (changed: RunReport['changed'], about: RunAbout | undefined): RunReport['changed'] =>
  byMost(changed.map((one) => ({ ...one, field: fieldShown(about, one.stream, one.field) })));

/** The most first, and by name where there are as many. */
export const byMost = (fields: RunReport['changed']): RunReport['changed'] =>
  fields.toSorted((a, b) => b.records - a.records || (nameOf(a) < nameOf(b) ? -1 : 1));

const nameOf = ({ stream, field }: RunReport['changed'][number]): string => `${stream} ${field}`;
