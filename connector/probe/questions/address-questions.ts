import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { plain } from '../setting.ts';
import { patch, show } from './asking.ts';

/** Where the address of a contact goes for a while. */
export const moved = ({ setting: { domain } }: Evidence): string => `fay.moved@${domain}`;

/** Whether an update of an address was taken; nothing about addresses can be asked otherwise. */
const isMoved = (evidence: Evidence): boolean =>
  plain(evidence.shown('address.move.shown', evidence.contact('fay'))?.['email']) === moved(evidence);

/** An address at the consumer mail host that was named. */
export const atFreeMail = ({ setting: { freeMail }, tag }: Evidence, who: string): string | undefined =>
  freeMail === undefined ? undefined : `apollo-probe-${who}-${tag}@${freeMail}`;

/** Whether a contact has such an address by now. */
const isAtFreeMail = (evidence: Evidence): boolean => {
  const email = plain(evidence.shown('free.move.shown', evidence.contact('fay'))?.['email']);
  return email !== '' && email === atFreeMail(evidence, 'fay');
};

const freeMailQuestions: readonly Question[] = [
  patch('free.move', 'fay', 'with --free-mail: gives a contact an address at that host', (evidence) => {
    const email = atFreeMail(evidence, 'fay');
    return email === undefined || evidence.isOk('free.match') ? undefined : { email };
  }),
  show('free.move.shown', 'fay', 'reads it', (evidence) => evidence.isOk('free.move')),
  {
    name: 'free.match',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends the name of that contact with another address at that host',
    makes: { contacts: 1 },
    once: true,
    onlySentOnce: true,
    asks(evidence) {
      const { first_name, last_name } = evidence.own('fay');
      const email = atFreeMail(evidence, 'other');
      if (email === undefined || !isAtFreeMail(evidence)) return undefined;
      return { body: { contacts: [{ first_name, last_name, email }], run_dedupe: true } };
    },
  },
];

/** Requests that change the address of a contact. They come last: a contact may become another one by it. */
export const addressQuestions: readonly Question[] = [
  ...freeMailQuestions,
  patch('address.move', 'fay', 'gives a contact another address', (evidence) => ({ email: moved(evidence) })),
  show('address.move.shown', 'fay', 'reads it'),
  patch('address.taken', 'fay', 'gives it the address of another contact of the probe', (evidence) =>
    isMoved(evidence) && evidence.contact('eve') !== undefined ? { email: evidence.own('eve').email } : undefined,
  ),
  show('address.taken.shown', 'fay', 'reads it', (evidence) => evidence.status('address.taken') !== undefined),
  patch('address.back', 'fay', 'gives it its own address back', (evidence) =>
    isMoved(evidence) && evidence.status('address.taken.shown') !== 422
      ? { email: evidence.own('fay').email }
      : undefined,
  ),
];
