import type { FieldChange } from '../contract/protocol.ts';

// A warning is read by people; a wide table may have hundreds of columns.
const namedMax = 20;

/** Counts what was done to the values of a stream before they came here, by change and column. */
export class FieldChanges {
  readonly #counts = new Map<string, number>();
  #all = 0;

  add(changes: readonly FieldChange[]): void {
    for (const { field, change } of changes) {
      const what = `${change} ${field}`;
      this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
      this.#all++;
    }
  }

  /** What to tell of them, commonest first; undefined where nothing was changed. */
  warning(stream: string): string | undefined {
    if (this.#all === 0) return undefined;
    const ranked = [...this.#counts].sort(([, a], [, b]) => b - a);
    const named = ranked.slice(0, namedMax).map(([what, values]) => `${what}: ${values}`);
    const more = ranked.length > namedMax ? [`${ranked.length - namedMax} more columns`] : [];
    const values = this.#all === 1 ? 'value was' : 'values were';
    return `${stream}: ${this.#all} ${values} nulled or cut before they came here (${[...named, ...more].join(', ')}); what was nulled is left as it is, what was cut is written as it came`;
  }
}
