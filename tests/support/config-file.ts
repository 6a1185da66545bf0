import { interpolate, type Keys, readConfigKeys } from '../../runtime/config/config-file.ts';

/** A configuration with environment variables in the place of `${NAME}`, as a command reads it. */
export const readConfigFile = async (path: string, environment: Parameters<typeof interpolate>[1]): Promise<Keys> =>
  interpolate(await readConfigKeys(path), environment, () => undefined);
