import { Failure } from '../contract/failure.ts';

/** What is printed of something thrown: the message of what was foreseen, and where a defect of ours is. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof Failure || isOfTheSystem(error) ? error.message : (error.stack ?? error.message);
}

/** Whether the operating system has refused something: a file, a folder, a disk. */
const isOfTheSystem = (error: Error): boolean => 'syscall' in error;
