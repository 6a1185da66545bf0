import type { RunStatus } from '../facts/report.ts';

/** What a person can do about rejected rows, by code. */
const BY_CODE: Readonly<Record<string, string>> = {
  invalid_email: 'correct the address in the source, or null it where the field is optional',
  invalid_phone: 'write it with its country code, +49 …, or null it',
  invalid_domain: 'write the bare domain, example.com',
  invalid_url: 'write the whole address, https://…',
  invalid_value: 'change the column to the type that the message names, or cast it in a query',
  unknown_option: 'add the option to the field at the destination, or map the value to one that exists',
  match_conflict: 'merge the two records by hand, or correct the key of the row',
  not_acknowledged: 'run again with --full; ask support if it comes back',
  record_deleted: 'run again with --full to create it anew',
};

const MISSING = 'fill the column in the source, or map another one';
const OTHERWISE = 'see the message; correct the row, and it is sent again';

/** What to do about the rows of a reject code. */
export const adviceFor = (code: string): string => BY_CODE[code] ?? (code.startsWith('missing_') ? MISSING : OTHERWISE);

/** How a run has ended. */
type Ending = { readonly status: RunStatus; readonly retry_at: string | null; readonly error?: string | undefined };

/** What to do after a run that ended like this; empty where there is nothing to do. */
export function nextStep({ status, retry_at, error }: Ending): string {
  if (status === 'deferred') {
    return `Run again ${retry_at === null ? 'later' : `at ${retry_at}`}: the deferred rows go on, the others are not sent twice.`;
  }
  if (status === 'failed')
    return error === undefined
      ? 'See above why it failed.'
      : 'Mend what the message says, then run again: what was confirmed is kept.';
  if (status === 'cancelled') return 'Run again: what was confirmed is kept.';
  if (status === 'rejected')
    return 'More rows were rejected than rejects.fail_above_percent allows: mend them, or raise it.';
  return '';
}
