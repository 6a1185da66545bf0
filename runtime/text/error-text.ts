import { codeOf, Failure } from '../contract/failure.ts';

/** What is printed of something thrown, with its code: the message of what was foreseen, and where a defect of ours is. */
export const errorText = (error: unknown): string => withCode(textOf(error), codeOf(error));

/** A message with its code behind it, which scripts look for; a message of several lines has it on a line of its own. */
export function withCode(message: string, code: string | undefined): string {
  if (code === undefined) return message;
  return message.includes('\n') ? `${message}\n[${code}]` : `${message} [${code}]`;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof Failure || codeOf(error) === 'system_error' ? error.message : (error.stack ?? error.message);
}
