import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { ABSENT_ID, show } from './asking.ts';

const change = (name: string, endpoint: Question['endpoint'], says: string): Question => ({
  name,
  endpoint,
  says,
  asks(evidence) {
    const id = evidence.contact('fay');
    if (id === undefined) return undefined;
    return {
      body: { entity_ids: [id], label_names: [evidence.setting.mark], modality: 'contacts' },
      concerns: [id],
    };
  },
});

/** Whether the answer to a read of one contact shows it on the list; undefined where there is none. */
export function isListed(evidence: Evidence, question: string, who: string): boolean | undefined {
  if (evidence.shown(question, evidence.contact(who)) === undefined) return undefined;
  const labels = evidence.list(question, 'labels');
  return labels?.some(({ name }) => name === evidence.setting.mark);
}

/** Requests about the list of the probe. */
export const listQuestions: readonly Question[] = [
  {
    name: 'list.absent',
    endpoint: asked.labels.add,
    says: 'puts a contact on its list that there is not',
    asks: ({ setting }) => ({
      body: { entity_ids: [ABSENT_ID], label_names: [setting.mark], modality: 'contacts' },
      concerns: [],
    }),
  },
  change('list.add', asked.labels.add, 'puts a contact on its list'),
  show('list.add.shown', 'fay', 'reads it'),
  change('list.remove', asked.labels.remove, 'takes it off again'),
  show('list.remove.shown', 'fay', 'reads it'),
  {
    name: 'list.existing',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends a contact that is there, with append_label_names',
    asks: (evidence) =>
      isListed(evidence, 'list.remove.shown', 'fay') === false
        ? {
            body: {
              contacts: [evidence.own('fay')],
              append_label_names: [evidence.setting.mark],
              run_dedupe: true,
            },
          }
        : undefined,
  },
  show('list.existing.shown', 'fay', 'reads it', (evidence) => evidence.isOk('list.existing')),
];
