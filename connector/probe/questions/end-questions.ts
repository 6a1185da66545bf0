import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { plain } from '../setting.ts';

/** Requests that leave the records where a person finds them. */
export const endQuestions: readonly Question[] = [
  {
    name: 'end.list.contacts',
    endpoint: asked.labels.add,
    says: 'puts all its contacts on its list',
    asks: (evidence) => onList(evidence.made('contacts'), 'contacts', evidence),
  },
  {
    name: 'end.list.accounts',
    endpoint: asked.labels.add,
    says: 'puts all its accounts on its list',
    asks: (evidence) => onList(evidence.made('accounts'), 'accounts', evidence),
  },
  {
    name: 'end.stage',
    endpoint: asked.contacts.updateStages,
    says: 'puts all its contacts into the stage that was named',
    asks(evidence) {
      const ids = evidence.made('contacts');
      const stage = stageNamed(evidence);
      if (ids.length === 0 || stage === undefined) return undefined;
      return { query: { contact_ids: ids, contact_stage_id: stage }, concerns: ids };
    },
  },
];

const onList = (ids: readonly string[], modality: string, { setting }: Evidence) =>
  ids.length === 0 ? undefined : { body: { entity_ids: ids, label_names: [setting.mark], modality }, concerns: ids };

/** The id of the stage that the user named. */
export function stageNamed(evidence: Evidence): string | undefined {
  const { stage } = evidence.setting;
  if (stage === undefined) return undefined;
  const found = evidence.list('contact_stages', 'contact_stages')?.find(({ name }) => plain(name) === plain(stage));
  return typeof found?.['id'] === 'string' ? found['id'] : undefined;
}
