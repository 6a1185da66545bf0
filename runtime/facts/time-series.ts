/** Numbers over time, by name, in steps of one length. */
export interface Series {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly stepMs: number;
  /** One value a step; all of one length. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

// As many bars as a phone can show; steps double when there would be more.
const maxSteps = 96;
const shortestStepMs = 1000;

/** What two neighbouring steps come to when they become one. */
type Join = (a: number, b: number) => number;
/** Counts add up. */
export const added: Join = (a, b) => a + b;
/** Levels have a highest. */
export const highest: Join = (a, b) => Math.max(a, b);

/** Gathers numbers over a time whose length is not known yet, in bounded memory. */
export class TimeSeries {
  readonly #from: number;
  readonly #join: Join;
  #stepMs = shortestStepMs;
  readonly #values = new Map<string, number[]>();

  constructor(from: number, join: Join) {
    this.#from = from;
    this.#join = join;
  }

  add(name: string, at: number, value: number): void {
    this.hold(name, { from: at, to: at }, value);
  }

  /** The same number in every step from one time to another. */
  hold(name: string, { from, to }: { readonly from: number; readonly to: number }, value: number): void {
    while (this.#stepOf(to) >= maxSteps) this.#double();
    const values = this.#values.get(name) ?? [];
    this.#values.set(name, values);
    while (values.length <= this.#stepOf(to)) values.push(0);
    for (let step = this.#stepOf(from); step <= this.#stepOf(to); step++)
      values[step] = this.#join(values[step]!, value);
  }

  /** Everything up to a time, or up to the last number if that is later. */
  until(at: number): Series {
    while (this.#stepOf(at) >= maxSteps) this.#double();
    const length = Math.max(this.#stepOf(at) + 1, this.#longest);
    const padded = [...this.#values].map(([name, values]) => [
      name,
      Array.from({ length }, (_, step) => values[step] ?? 0),
    ]);
    return { from: this.#from, stepMs: this.#stepMs, values: Object.fromEntries(padded) };
  }

  get #longest(): number {
    return Math.max(0, ...[...this.#values.values()].map((values) => values.length));
  }

  #stepOf(at: number): number {
    return Math.max(0, Math.floor((at - this.#from) / this.#stepMs));
  }

  #double(): void {
    this.#stepMs *= 2;
    for (const [name, values] of this.#values) {
      const halved = Array.from({ length: Math.ceil(values.length / 2) }, (_, step) =>
        this.#join(values[2 * step]!, values[2 * step + 1] ?? 0),
      );
      this.#values.set(name, halved);
    }
  }
}
