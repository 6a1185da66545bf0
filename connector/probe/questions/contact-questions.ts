import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { show, stages } from './asking.ts';

/** The contacts that all other requests are about; not in the order of their names. */
export const SETUP = ['dan', 'ann', 'fay', 'bob', 'eve', 'cyd'] as const;

/** Whether this journal has made the contacts: found ones are of a probe whose journal is gone. */
export const isFresh = (evidence: Evidence): boolean =>
  (evidence.list('contacts.make', 'created_contacts')?.length ?? 0) >= SETUP.length - 1;

/** Whether Apollo keeps addresses of the probe: a contact that has nothing else would not be found again. */
const keepsAddresses = (evidence: Evidence): boolean => SETUP.some((who) => evidence.hasAddress(who));

/** What a CRM would call a contact of the probe. */
export const CRM_ID = '900000000001';

/** Further addresses of two contacts. */
export const further = ({ setting: { domain } }: Evidence) => ({
  fay: `fay.further@${domain}`,
  eve: `eve@b\u00fccher.${domain}`,
});

/** A text, and an address that is none. */
export const NO_ADDRESS = 'not an address';

function made(evidence: Evidence, who: string): Json {
  const { fay, eve } = further(evidence);
  const more: Readonly<Record<string, Json>> = {
    ann: createdWith(evidence),
    bob: { hubspot_id: CRM_ID },
    fay: { contact_emails: [{ email: fay, position: 1 }] },
    eve: { contact_emails: [{ email: eve, position: 1 }] },
  };
  return { ...evidence.own(who), ...more[who] };
}

/** What one contact is made with, to see which of it a create takes. */
export function createdWith(evidence: Evidence): Json {
  const [, stage] = stages(evidence, 'contact_stages');
  return {
    linkedin_url: 'http://www.linkedin.com/in/apollo-probe-ann',
    present_raw_address: 'Lyon, France',
    phone: '+12025550100',
    ...(stage === undefined ? {} : { contact_stage_id: stage }),
  };
}

const seenInSearch = (evidence: Evidence): boolean =>
  LAG.some(({ name }) => evidence.listed(name, 'contacts', evidence.contact('ann')) !== undefined);

/** When a new contact is looked for: right away, and after waits. */
export const LAG = [
  { name: 'search.lag.0' },
  { name: 'search.lag.1', waitMs: 2000 },
  { name: 'search.lag.2', waitMs: 8000 },
  { name: 'search.lag.3', waitMs: 30_000 },
] as const;

const lagQuestions: readonly Question[] = LAG.map((look) => ({
  ...look,
  endpoint: asked.contacts.search,
  says: `looks for a new contact${'waitMs' in look ? `, ${look.waitMs / 1000} s later` : ', at once'}`,
  once: true,
  asks: (evidence) => {
    const isAsked = isFresh(evidence) && evidence.contact('ann') !== undefined && !seenInSearch(evidence);
    return isAsked ? { body: { q_keywords: evidence.own('ann').last_name, page: 1, per_page: 25 } } : undefined;
  },
}));

/** Requests that make contacts, or find them again. */
export const contactQuestions: readonly Question[] = [
  {
    name: 'contacts.make',
    endpoint: asked.contacts.bulkCreate,
    says: 'makes 6 contacts, or finds them where an earlier probe has made them',
    makes: { contacts: SETUP.length },
    once: true,
    asks: (evidence) => ({ body: { contacts: SETUP.map((who) => made(evidence, who)), run_dedupe: true } }),
  },
  ...lagQuestions,
  { ...show('made.shown', 'ann', 'reads one that was made with all its fields', isFresh), once: true },
  {
    name: 'contacts.again',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends the 6 contacts again, with another title',
    asks: (evidence) =>
      evidence.contact('dan') === undefined
        ? undefined
        : {
            body: {
              contacts: SETUP.map((who) => ({ ...evidence.own(who), title: `Again ${evidence.tag}` })),
              run_dedupe: true,
            },
          },
  },
  show('contacts.again.shown', 'dan', 'reads one of them'),
  {
    name: 'contacts.repeated',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends one of them twice in one request',
    asks: (evidence) =>
      evidence.contact('bob') === undefined
        ? undefined
        : { body: { contacts: [evidence.own('bob'), evidence.own('bob')], run_dedupe: true } },
  },
  {
    name: 'contacts.twins',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends a new contact twice in one request',
    makes: { contacts: 2 },
    once: true,
    onlySentOnce: true,
    asks: (evidence) => {
      if (!isFresh(evidence) || !keepsAddresses(evidence)) return undefined;
      const { email } = evidence.own('twin');
      return { body: { contacts: [{ email }, { email }], run_dedupe: true } };
    },
  },
  {
    name: 'contacts.without-dedupe',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends the same one without run_dedupe',
    makes: { contacts: 1 },
    once: true,
    onlySentOnce: true,
    asks: (evidence) =>
      evidence.isOk('contacts.twins')
        ? { body: { contacts: [{ email: evidence.own('twin').email }], run_dedupe: false } }
        : undefined,
  },
  {
    name: 'contacts.no-address',
    endpoint: asked.contacts.bulkCreate,
    says: 'makes a contact whose address is none',
    makes: { contacts: 1 },
    once: true,
    asks: (evidence) =>
      isFresh(evidence)
        ? { body: { contacts: [{ ...evidence.own('noa'), email: NO_ADDRESS }], run_dedupe: true } }
        : undefined,
  },
  {
    name: 'half.make',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends a new contact beside one that has to be refused',
    makes: { contacts: 1 },
    once: true,
    asks: (evidence) =>
      isFresh(evidence) && keepsAddresses(evidence)
        ? {
            body: {
              contacts: [{ email: evidence.own('half').email }, { ...evidence.own('ann'), account_id: 'nonsense' }],
              run_dedupe: true,
            },
          }
        : undefined,
  },
  {
    name: 'half.again',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends the new one alone, to see whether it was made',
    makes: { contacts: 1 },
    makesInstead: true,
    once: true,
    onlySentOnce: true,
    asks: (evidence) =>
      evidence.isRefused('half.make')
        ? { body: { contacts: [{ email: evidence.own('half').email }], run_dedupe: true } }
        : undefined,
  },
];
