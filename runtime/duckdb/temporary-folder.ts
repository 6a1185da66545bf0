import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigFailure } from '../contract/failure.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
  EROFS: 'its file system is read-only',
  EACCES: 'this user may not write to it',
  EPERM: 'this user may not write to it',
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk quota is used up',
};

/** Makes a folder for one run in the folder for temporary files. Throws ConfigFailure that names that folder, and why. */
export async function temporaryFolder(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, 'source-'));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const message =
      `There is no place for temporary files: nothing can be made in the folder ${parent} (${code}${code in reasons ? `: ${reasons[code]}` : ''}). ` +
      'Set TMPDIR to a folder that this program may write to; in a container with a read-only root, mount one.';
    throw new ConfigFailure(message, { code: 'no_temporary_folder' });
  }
}
