import { ConfigFailure, TransientFailure } from '../contract/failure.ts';

/** The configuration names a source that is not there, or is not what it should be. */
export const invalidSource = (message: string): ConfigFailure => new ConfigFailure(message, { code: 'invalid_source' });

/** The source began to be read, and could not be read to its end. */
export const unreadableSource = (message: string): TransientFailure =>
  new TransientFailure(message, { code: 'source_unreadable', delivery: 'not-delivered' });

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Errors of these kinds speak of files, names and SQL. All others may quote a value of a row.
const valueFree =
  /^(IO|HTTP|Catalog|Binder|Parser|Permission|Missing Extension|Extension Autoloading|Out of Memory|INTERNAL|INTERRUPT) Error:/i;

/**
 * DuckDB's message without what it quotes of the rows: these messages reach logs, where no value of a row may stand.
 * The first line only, since a CSV error prints the row it met on the second.
 */
export function messageWithoutValues(error: unknown): string {
  const message = messageOf(error);
  if (valueFree.test(message)) return message.trim();
  const line = message.split('\n', 1)[0] ?? '';
  return line.replace(/'[^']*'|"[^"]*"|(?<![\w"'])[-+]?\d[\d.,]*(?![\w])/g, '…');
}
