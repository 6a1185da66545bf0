import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { plain } from '../setting.ts';
import { CRM_ID, further } from './contact-questions.ts';

/** Whether a create has left a record that it found as it was: what is sent here has the names of another contact. */
const leavesMatches = (evidence: Evidence): boolean => {
  const record = evidence.shown('contacts.again.shown', evidence.contact('dan'));
  return record !== undefined && plain(record['title']) !== plain(`Again ${evidence.tag}`);
};

/** Whether name and company find a contact: then nothing that follows can make one. */
const findsByName = (evidence: Evidence): boolean =>
  evidence.listed('match.name', 'existing_contacts', evidence.contact('cyd')) !== undefined;

const named = (evidence: Evidence, who: string): Json => {
  const { first_name, last_name, organization_name } = evidence.own(who);
  return { first_name, last_name, organization_name };
};

const match = (name: string, says: string, key: (evidence: Evidence) => Json | undefined): Question => ({
  name,
  endpoint: asked.contacts.bulkCreate,
  says: `${says}, and the names of another`,
  asks(evidence) {
    const sent = key(evidence);
    if (sent === undefined || !findsByName(evidence) || !leavesMatches(evidence)) return undefined;
    return { body: { contacts: [{ ...named(evidence, 'cyd'), ...sent }], run_dedupe: true } };
  },
});

/** Requests that show by what records are found. What is sent has two keys, so that it finds one contact or another, and makes none. */
export const matchQuestions: readonly Question[] = [
  {
    name: 'match.name',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends name and company of a contact, without an address',
    makes: { contacts: 1 },
    once: true,
    asks: (evidence) =>
      evidence.contact('cyd') !== undefined && leavesMatches(evidence)
        ? { body: { contacts: [named(evidence, 'cyd')], run_dedupe: true } }
        : undefined,
  },
  match('match.case', 'sends the address of a contact in capitals', (evidence) =>
    evidence.hasAddress('ann') ? { email: evidence.own('ann').email.toUpperCase() } : undefined,
  ),
  match('match.plus', 'sends the address of a contact with a plus', (evidence) =>
    evidence.hasAddress('ann') ? { email: `ann+probe@${evidence.setting.domain}` } : undefined,
  ),
  match('match.further', 'sends the further address of a contact', (evidence) => ({ email: further(evidence).fay })),
  match('match.idn', 'sends the further address of a contact in punycode', ({ setting: { domain } }) => ({
    email: `eve@xn--bcher-kva.${domain}`,
  })),
  match('match.crm', 'sends the CRM id of a contact', () => ({ hubspot_id: CRM_ID })),
];
