import { apollo } from '../../connector/apollo.ts';
import type { Said } from '../../runtime/commands/shared/said.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import { type AskedCommand, ask } from './ask.ts';
import type { Runs } from './stateful.ts';
import type { TestRow } from './warehouse.ts';

/** Asks the state store of some runs, by its file alone; with `rows`, by a configuration whose source has these. */
export const askOf =
  (runs: Runs, clock: Clock) =>
  async (asked: AskedCommand, rows?: readonly TestRow[]): Promise<Said> => {
    const where = rows === undefined ? { state: runs.state } : { config: 'F' };
    const session = {
      destination: async () => apollo,
      configured: async () => apollo.configure((await runs.configuration(rows ?? [])).json, 'sync', {}),
      stateAt: async () => runs.state,
      source: { temporaryDirectory: runs.folder },
      dependencies: { clock, environment: {}, version: '0.0.0', notice: () => undefined },
      run: new AbortController(),
    };
    return ask({ ...where, ...asked }, session);
  };
