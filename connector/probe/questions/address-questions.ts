import type { Evidence } from '../evidence.ts';
import type { Question } from '../question.ts';
import { plain } from '../setting.ts';
import { patch, show } from './asking.ts';

/** Where the address of a contact goes for a while. */
export const moved = ({ setting: { domain } }: Evidence): string => `fay.moved@${domain}`;

/** Whether an update of an address was taken; nothing about addresses can be asked otherwise. */
const isMoved = (evidence: Evidence): boolean =>
  plain(evidence.shown('address.move.shown', evidence.contact('fay'))?.['email']) === moved(evidence);

/** Requests that change the address of a contact. They come last: a contact may become another one by it. */
export const addressQuestions: readonly Question[] = [
  patch('address.move', 'fay', 'gives a contact another address', (evidence) => ({ email: moved(evidence) })),
  show('address.move.shown', 'fay', 'reads it'),
  patch('address.taken', 'fay', 'gives it the address of another contact of the probe', (evidence) =>
    isMoved(evidence) && evidence.contact('eve') !== undefined ? { email: evidence.own('eve').email } : undefined,
  ),
  show('address.taken.shown', 'fay', 'reads it', (evidence) => evidence.status('address.taken') !== undefined),
  patch('address.back', 'fay', 'gives it its own address back', (evidence) =>
    isMoved(evidence) && evidence.status('address.taken.shown') === 200
      ? { email: evidence.own('fay').email }
      : undefined,
  ),
];
