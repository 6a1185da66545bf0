import { constants } from 'node:os';

/** Why a run was stopped from outside; it ends as `cancelled`. */
export class Cancelled extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`The run was stopped by ${signal}.`);
    this.signal = signal;
  }
}

/** What a shell shows of a process that died by the signal of `reason`: 130, 143. Without one: 1. */
export const exitCodeOfStop = (reason: unknown): number =>
  reason instanceof Cancelled ? 128 + constants.signals[reason.signal] : 1;
