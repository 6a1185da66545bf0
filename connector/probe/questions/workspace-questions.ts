import { asked, type Question } from '../question.ts';

const only = () => ({});

/** Requests that only read, made before anything is written. */
export const workspaceQuestions: readonly Question[] = [
  {
    name: 'key.wrong',
    endpoint: asked.users.profile,
    says: 'asks with a key that is none',
    withoutKey: true,
    asks: only,
  },
  { name: 'profile', endpoint: asked.users.profile, says: 'asks whose key it is', asks: only },
  {
    name: 'search.size',
    endpoint: asked.contacts.search,
    says: 'counts the contacts of the workspace',
    asks: () => ({ body: { page: 1, per_page: 1 } }),
  },
  { name: 'labels', endpoint: asked.labels.index, says: 'reads the lists', asks: only },
  { name: 'contact_stages', endpoint: asked.contacts.stages, says: 'reads the stages of contacts', asks: only },
  { name: 'account_stages', endpoint: asked.accounts.stages, says: 'reads the stages of accounts', asks: only },
  {
    name: 'users',
    endpoint: asked.users.search,
    says: 'reads the users, two of whom will own records of the probe',
    asks: () => ({ query: { page: 1, per_page: 25 } }),
  },
  {
    name: 'fields',
    endpoint: asked.fields.index,
    says: 'reads the custom fields',
    asks: () => ({ query: { source: 'custom' } }),
  },
  {
    name: 'fields.typed',
    endpoint: asked.fields.typed,
    says: 'reads the custom fields, with their options',
    asks: only,
  },
  { name: 'usage', endpoint: asked.usage, says: 'reads how much of the rate limits is used', asks: only },
  {
    name: 'search.wide',
    endpoint: asked.contacts.search,
    says: 'asks for a page of 101 contacts',
    asks: () => ({ body: { page: 1, per_page: 101 } }),
  },
  {
    name: 'search.beyond',
    endpoint: asked.contacts.search,
    says: 'asks for page 501',
    asks: () => ({ body: { page: 501, per_page: 1 } }),
  },
];
