import { type Evidence, objectOf } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { isListed } from '../questions/list-questions.ts';

/** What adding to a list and removing from it do; where nothing, what is claimed. */
export function listChanges(evidence: Evidence): Finding | undefined {
  const added = isListed(evidence, 'list.add.shown', 'fay');
  const removed = isListed(evidence, 'list.remove.shown', 'fay');
  if (!evidence.isOk('list.add') || !evidence.isOk('list.remove')) return undefined;
  if (added === undefined || removed === undefined) return undefined;
  if (added && !removed) return 'done';
  return claim(evidence, added ? 'list.remove' : 'list.add');
}

function claim(evidence: Evidence, question: string): Finding {
  const body = objectOf(evidence.json(question));
  if (objectOf(body?.['entity_progress_job']) !== undefined) return 'failed-job';
  const labels = evidence.list(question, 'labels');
  if (labels === undefined) return 'other-message';
  if (labels.length === 0) return 'no-labels';
  return labels.some(({ name }) => name === evidence.setting.mark) ? 'claimed' : 'other-labels';
}

/** What adding an unknown id to a list does. */
export function absentInLists(evidence: Evidence): Finding | undefined {
  if (evidence.status('list.absent') === 422) return '422';
  return evidence.isOk('list.absent') ? 'ignored' : undefined;
}

/** Whether a bulk_create puts those that it finds on the list. */
export function appended(evidence: Evidence): Finding | undefined {
  const isOnList = isListed(evidence, 'list.existing.shown', 'fay');
  return isOnList === undefined ? undefined : isOnList ? 'yes' : 'no';
}
