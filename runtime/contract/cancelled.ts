/** Why a run was told to stop from outside; it ends as `cancelled`. */
export class Cancelled extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`The run was stopped by ${signal}.`);
    this.signal = signal;
  }
}
