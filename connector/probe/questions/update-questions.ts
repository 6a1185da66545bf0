import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { phoneOf } from './account-questions.ts';
import { ABSENT_ID, customField, given, other, owners, patch, refusesPatch, show, stages } from './asking.ts';
import { NO_ADDRESS } from './contact-questions.ts';

const custom = (evidence: Evidence): Json => {
  const field = customField(evidence, 'contact', 'string');
  return field === undefined ? {} : { typed_custom_fields: { [field.id]: `Value ${evidence.tag}` } };
};

const address = ({ tag }: Evidence): string => `${tag} Main Street, Berlin, Germany`;

/** A stage that a contact does not have. */
const newStage = (evidence: Evidence, before: string, who: string): string | undefined =>
  other(stages(evidence, 'contact_stages'), evidence.shown(before, evidence.contact(who))?.['contact_stage_id']);

/** An owner that a contact does not have. */
const newOwner = (evidence: Evidence, before: string, who: string): string | undefined =>
  other(owners(evidence), evidence.shown(before, evidence.contact(who))?.['owner_id']);

/** What a PATCH sends, to see which of it is taken. */
export const patched = (evidence: Evidence): Json => ({
  title: `Patch ${evidence.tag}`,
  organization_name: `${evidence.own('ann').organization_name} ${evidence.tag}`,
  present_raw_address: address(evidence),
  direct_phone: phoneOf(evidence),
  ...given('contact_stage_id', newStage(evidence, 'ann.before', 'ann')),
  ...given('account_id', evidence.account('one')),
  label_names: [evidence.setting.mark],
  ...custom(evidence),
});

/** What a bulk_update sends for one contact. */
export const bulkUpdated = (evidence: Evidence): Json => ({
  title: `Bulk ${evidence.tag}`,
  organization_name: `${evidence.own('bob').organization_name} ${evidence.tag}`,
  present_raw_address: address(evidence),
  linkedin_url: `http://www.linkedin.com/in/apollo-probe-${evidence.tag}`,
  ...given('owner_id', newOwner(evidence, 'bob.before', 'bob')),
  ...given('account_id', evidence.account('two')),
  ...custom(evidence),
});

/** What a bulk_update sends beyond what is documented. */
export const undocumented = (evidence: Evidence): Json => ({
  ...given('contact_stage_id', newStage(evidence, 'cyd.before', 'cyd')),
  direct_phone: phoneOf(evidence),
  label_names: [evidence.setting.mark],
});

const bulk = (name: string, says: string, rows: (evidence: Evidence) => readonly (Json | undefined)[]): Question => ({
  name,
  endpoint: asked.contacts.bulkUpdate,
  says,
  asks(evidence) {
    const attributes = rows(evidence);
    if (attributes.some((row) => row === undefined || row['id'] === undefined)) return undefined;
    return { body: { contact_attributes: attributes }, concerns: attributes.map((row) => String(row!['id'])) };
  },
});

const inStage = (
  name: string,
  says: string,
  stage: (evidence: Evidence) => string | undefined,
  absent: readonly string[] = [],
): Question => ({
  name,
  endpoint: asked.contacts.updateStages,
  says,
  asks(evidence) {
    const [id, contact_stage_id] = [evidence.contact('dan'), stage(evidence)];
    if (id === undefined || contact_stage_id === undefined) return undefined;
    const contact_ids = [id, ...absent];
    return { query: { contact_ids, contact_stage_id }, concerns: contact_ids };
  },
});

/** Requests that update contacts, to see what is taken, and what is done with what cannot be. */
export const updateQuestions: readonly Question[] = [
  show('ann.before', 'ann', 'reads a contact'),
  patch('patch.ann', 'ann', 'updates all documented fields of it', patched),
  patch('patch.ann.put', 'ann', 'the same by PUT, where PATCH was refused', (evidence) =>
    refusesPatch(evidence) ? patched(evidence) : undefined,
  ),
  show('patch.ann.shown', 'ann', 'reads it again'),
  patch('patch.dan.owner', 'dan', 'updates the owner, which is not documented', (evidence) =>
    given('owner_id', newOwner(evidence, 'contacts.again.shown', 'dan')),
  ),
  show('patch.dan.owner.shown', 'dan', 'reads it again'),
  patch('patch.dan.spelling', 'dan', 'updates a title in an odd spelling', (evidence) => ({
    title: `vp  of ${evidence.tag}`,
  })),
  show('patch.dan.spelling.shown', 'dan', 'reads it again'),
  show('bob.before', 'bob', 'reads another contact'),
  bulk('bulk.bob', 'updates all documented fields of it', (evidence) => [
    evidence.shown('bob.before', evidence.contact('bob')) && { id: evidence.contact('bob'), ...bulkUpdated(evidence) },
  ]),
  show('bulk.bob.shown', 'bob', 'reads it again'),
  show('cyd.before', 'cyd', 'reads another contact'),
  bulk('bulk.cyd', 'updates stage, phone and lists of it, which is not documented', (evidence) => [
    evidence.shown('cyd.before', evidence.contact('cyd')) && { id: evidence.contact('cyd'), ...undocumented(evidence) },
  ]),
  show('bulk.cyd.shown', 'cyd', 'reads it again'),
  bulk('bulk.absent', 'updates a contact and one that there is not', (evidence) => [
    { id: evidence.contact('dan'), title: `Absent ${evidence.tag}` },
    { id: ABSENT_ID, title: `Absent ${evidence.tag}` },
  ]),
  bulk('bulk.bad', 'updates a contact, and another one with an address that is none', (evidence) => [
    { id: evidence.contact('eve'), title: `Before ${evidence.tag}` },
    { id: evidence.contact('cyd'), email: NO_ADDRESS },
  ]),
  show('bulk.bad.shown', 'eve', 'reads the first one', (evidence) => evidence.isRefused('bulk.bad')),
  {
    name: 'patch.absent',
    endpoint: asked.contacts.update,
    says: 'updates a contact that there is not',
    asks: (evidence) => ({
      params: { id: ABSENT_ID },
      body: { title: `Absent ${evidence.tag}` },
      concerns: [],
      ...(refusesPatch(evidence) && { endpoint: asked.contacts.put }),
    }),
  },
  inStage(
    'stages.dan',
    'puts a contact, and one that there is not, into a stage',
    (evidence) => newStage(evidence, 'contacts.again.shown', 'dan'),
    [ABSENT_ID],
  ),
  show('stages.dan.shown', 'dan', 'reads it again'),
  inStage('stages.malformed', 'puts a contact into a stage whose id is none', () => 'nonsense'),
  inStage('stages.unknown', 'puts a contact into a stage that there is not', () => ABSENT_ID),
  inStage('stages.repair', 'puts it back into one that there is', (evidence) =>
    evidence.isOk('stages.unknown') ? stages(evidence, 'contact_stages')[0] : undefined,
  ),
  show('owners.dan.before', 'dan', 'reads a contact'),
  {
    name: 'owners.dan',
    endpoint: asked.contacts.updateOwners,
    says: 'gives it another owner',
    asks(evidence) {
      const [id, owner_id] = [evidence.contact('dan'), newOwner(evidence, 'owners.dan.before', 'dan')];
      return id === undefined || owner_id === undefined
        ? undefined
        : { query: { contact_ids: [id], owner_id }, concerns: [id] };
    },
  },
  show('owners.dan.shown', 'dan', 'reads it again'),
  {
    name: 'single.create',
    endpoint: asked.contacts.create,
    says: 'sends a contact to the single create, with run_dedupe',
    makes: { contacts: 1 },
    once: true,
    onlySentOnce: true,
    asks: (evidence) =>
      evidence.contact('bob') === undefined
        ? undefined
        : { body: { ...evidence.own('bob'), title: `Single ${evidence.tag}`, run_dedupe: true } },
  },
  {
    name: 'job.start',
    endpoint: asked.contacts.bulkUpdate,
    says: 'updates a contact in the background',
    asks(evidence) {
      const id = evidence.contact('dan');
      return id === undefined
        ? undefined
        : { body: { contact_ids: [id], title: `Job ${evidence.tag}`, async: true }, concerns: [id] };
    },
  },
  ...[0, 2000, 10_000].map((waitMs, i) => ({
    ...show(`job.shown.${i}`, 'dan', `reads it${waitMs > 0 ? `, ${waitMs / 1000} s later` : ' at once'}`, (evidence) =>
      isWaitingForJob(evidence),
    ),
    ...(waitMs > 0 && { waitMs }),
  })),
];

/** Titles that a background job was seen to write, or not. */
export const jobTitle = ({ tag }: Evidence): string => `job ${tag}`;

function isWaitingForJob(evidence: Evidence): boolean {
  if (!evidence.isOk('job.start')) return false;
  const seen = [0, 1, 2].map((i) => evidence.shown(`job.shown.${i}`, evidence.contact('dan'))?.['title']);
  return !seen.some((title) => String(title).toLowerCase() === jobTitle(evidence));
}
