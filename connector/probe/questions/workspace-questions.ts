import { asked, type Question } from '../question.ts';

/** Requests that only read, made before anything is written. */
export const workspaceQuestions: readonly Question[] = [
  {
    name: 'key.wrong',
    endpoint: asked.users.profile,
    says: 'asks with a key that is none',
    withoutKey: true,
    asks: () => ({}),
  },
  { name: 'profile', endpoint: asked.users.profile, says: 'asks whose key it is', asks: () => ({}) },
  {
    name: 'search.size',
    endpoint: asked.contacts.search,
    says: 'counts the contacts of the workspace',
    asks: () => ({ body: { page: 1, per_page: 1 } }),
  },
  { name: 'labels', endpoint: asked.labels.index, says: 'reads the lists', asks: () => ({}) },
  { name: 'contact_stages', endpoint: asked.contacts.stages, says: 'reads the stages of contacts', asks: () => ({}) },
];
