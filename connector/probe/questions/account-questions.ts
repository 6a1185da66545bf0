import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { customField, given, other, owners, shown, stages, updating } from './asking.ts';

/** The accounts of the probe. */
export const ACCOUNTS = ['three', 'one', 'four', 'two'] as const;

const CRM_ID = '900000000002';

const show = (name: string, which: string, says: string): Question => ({
  name,
  endpoint: asked.accounts.show,
  says,
  asks: (evidence) => shown(evidence.account(which)),
});

const create = (
  name: string,
  says: string,
  account: (evidence: Evidence) => Json,
  more: Pick<Question, 'makes' | 'once'> & { readonly dedupes?: boolean } = {},
): Question => {
  const { dedupes = true, ...rest } = more;
  return {
    name,
    endpoint: asked.accounts.bulkCreate,
    says,
    ...rest,
    asks: (evidence) =>
      evidence.account('four') === undefined
        ? undefined
        : { body: { accounts: [account(evidence)], run_dedupe: dedupes } },
  };
};

const custom = (evidence: Evidence): Json => {
  const field = customField(evidence, 'account', 'string');
  return field === undefined ? {} : { typed_custom_fields: { [field.id]: `Value ${evidence.tag}` } };
};

/** What a PATCH sends, to see which of it is taken. */
export const accountPatch = (evidence: Evidence): Json => {
  const before = evidence.shown('account.one.before', evidence.account('one'));
  return {
    phone: phoneOf(evidence),
    raw_address: `${evidence.tag} Main Street, Berlin, Germany`,
    ...given('owner_id', other(owners(evidence), before?.['owner_id'])),
    ...given('account_stage_id', other(stages(evidence, 'account_stages'), before?.['account_stage_id'])),
    ...custom(evidence),
  };
};

/** What a bulk_update sends for one account. */
export const accountBulk = (evidence: Evidence): Json => {
  const before = evidence.shown('account.two.before', evidence.account('two'));
  return {
    ...given('owner_id', other(owners(evidence), before?.['owner_id'])),
    ...given('account_stage_id', other(stages(evidence, 'account_stages'), before?.['account_stage_id'])),
    ...custom(evidence),
  };
};

/** A telephone number that is another one in most runs; the exchange 555-01xx is kept for such uses. */
export const phoneOf = ({ tag }: Evidence): string => `+120255501${(Number.parseInt(tag, 36) % 90) + 10}`;

/** Requests that make accounts, or find them again. */
export const accountQuestions: readonly Question[] = [
  {
    name: 'accounts.make',
    endpoint: asked.accounts.bulkCreate,
    says: 'makes 4 accounts, or finds them where an earlier probe has made them',
    makes: { accounts: ACCOUNTS.length },
    once: true,
    asks: (evidence) => ({
      body: {
        accounts: ACCOUNTS.map((which) => ({
          ...evidence.ownAccount(which),
          ...(which === 'two' && { hubspot_id: CRM_ID }),
        })),
        run_dedupe: true,
      },
    }),
  },
  create(
    'account.match.name',
    'sends the name of an account with another domain',
    (evidence) => ({ ...evidence.ownAccount('five'), name: evidence.ownAccount('one').name }),
    { makes: { accounts: 1 }, once: true },
  ),
  create(
    'account.match.crm',
    'sends the CRM id of an account with another name, without run_dedupe',
    (evidence) => ({ ...evidence.ownAccount('six'), hubspot_id: CRM_ID }),
    { makes: { accounts: 1 }, once: true, dedupes: false },
  ),
  {
    ...create('account.match.domain', 'sends the domain of an account and the name of another', (evidence) => ({
      ...evidence.ownAccount('three'),
      name: evidence.ownAccount('four').name,
    })),
    makes: { accounts: 1 },
    once: true,
  },
];

/** Requests that update accounts. */
export const accountUpdateQuestions: readonly Question[] = [
  show('account.one.before', 'one', 'reads an account'),
  {
    name: 'account.patch',
    endpoint: asked.accounts.update,
    says: 'updates phone, address, owner, stage and a custom field of it',
    asks: (evidence) =>
      evidence.shown('account.one.before', evidence.account('one')) === undefined
        ? undefined
        : updating(evidence, evidence.account('one'), accountPatch(evidence), asked.accounts.put),
  },
  show('account.patch.shown', 'one', 'reads it again'),
  show('account.two.before', 'two', 'reads another account'),
  {
    name: 'account.bulk',
    endpoint: asked.accounts.bulkUpdate,
    says: 'updates owner, stage and a custom field of it',
    asks(evidence) {
      const id = evidence.account('two');
      const sent = accountBulk(evidence);
      if (evidence.shown('account.two.before', id) === undefined || Object.keys(sent).length === 0) return undefined;
      return { body: { account_attributes: [{ id, ...sent }] }, concerns: [id!] };
    },
  },
  show('account.bulk.shown', 'two', 'reads it again'),
];
