import { ConfigFailure } from '../../contract/failure.ts';
import { type StateAt, stateFile } from '../../contract/state-config.ts';
import { storeText } from '../server/parameters.ts';

/** Why there is nothing to look into. */
export const noStore = (at: StateAt): ConfigFailure => {
  const path = stateFile(at);
  const where =
    path === undefined ? `${storeText(at)}: there is no state store` : `state.path: there is no state store at ${path}`;
  return new ConfigFailure(`${where}; the first run makes it.`, { code: 'no_state' });
};

/** Why a file is not looked into. */
export const notOurs = (path: string): ConfigFailure =>
  new ConfigFailure(`state.path: ${path} is a DuckDB file, and no state store.`, { code: 'invalid_state' });
