import type { Evidence } from '../evidence.ts';
import type { Finding } from '../probe.ts';

const foundBy =
  (question: string, who: string) =>
  (evidence: Evidence): Finding | undefined => {
    if (!evidence.isOk(question)) return undefined;
    const isFound = evidence.listed(question, 'existing_contacts', evidence.contact(who)) !== undefined;
    return isFound ? 'found' : 'missed';
  };

export const byName = foundBy('match.name', 'cyd');
export const byCase = foundBy('match.case', 'ann');
export const byPlus = foundBy('match.plus', 'ann');
export const byFurther = foundBy('match.further', 'fay');
export const byCrmId = foundBy('match.crm', 'bob');

/** Whether an address in punycode is the one in letters; only where further addresses are found at all. */
export const byPunycode = (evidence: Evidence): Finding | undefined =>
  byFurther(evidence) === 'found' ? foundBy('match.idn', 'eve')(evidence) : undefined;

/** Whether two addresses at a consumer mail host are taken for one company. */
export function byFreeMail(evidence: Evidence): Finding | undefined {
  if (!evidence.isOk('free.match')) return undefined;
  return evidence.listed('free.match', 'existing_contacts', evidence.contact('fay')) === undefined ? 'no' : 'yes';
}

const accountBy =
  (question: string, which: string) =>
  (evidence: Evidence): Finding | undefined => {
    if (!evidence.isOk(question)) return undefined;
    const isFound = evidence.listed(question, 'existing_accounts', evidence.account(which)) !== undefined;
    return isFound ? 'found' : 'missed';
  };

export const accountByName = accountBy('account.match.name', 'one');
export const accountByDomain = accountBy('account.match.domain', 'three');
export const accountByCrmId = accountBy('account.match.crm', 'two');
