import { expect, test } from 'vitest';
import { type Endpoint, endpoints } from '../../../connector/api/endpoints.ts';

const all: readonly Endpoint[] = Object.values(endpoints).flatMap((group) => Object.values(group));

test('each endpoint is named by its method and path, and says where it is documented', () => {
  for (const { display, method, path, action, scope, source } of all) {
    expect(display).toBe(`${method} ${path}`);
    expect(scope).toBe(`api/v1/${action}`);
    expect(source).toMatch(/^docs\.apollo\.io\/reference\/[a-z-]+, \d{4}-\d\d-\d\d$/);
  }
});

test('actions are distinct, since each has a rate limit of its own', () => {
  const actions = all.map(({ action }) => action);
  expect(new Set(actions).size).toBe(actions.length);
});

test('names, actions and OAuth scopes are those of the OpenAPI document', () => {
  expect(all.map(({ display, action, oauthScope }) => `${display} | ${action} | ${oauthScope}`)).toEqual([
    'POST contacts/bulk_create | contacts/bulk_create | contacts_bulk_create',
    'POST contacts/bulk_update | contacts/bulk_update | contacts_bulk_update',
    'PATCH contacts/{id} | contacts/update | contact_update',
    'GET contacts/{id} | contacts/show | contact_read',
    'POST contacts/search | contacts/search | contacts_search',
    'POST contacts/update_stages | contacts/update_stages | contact_stages_update',
    'POST contacts/update_owners | contacts/update_owners | contact_owners_update',
    'GET contact_stages | contact_stages/index | contact_stages_list',
    'POST accounts/bulk_create | accounts/bulk_create | account_bulk_create',
    'POST accounts/bulk_update | accounts/bulk_update | account_stages_update',
    'PATCH accounts/{id} | accounts/update | account_update',
    'GET accounts/{id} | accounts/show | account_read',
    'POST accounts/search | accounts/search | accounts_search',
    'POST accounts/update_owners | accounts/update_owners | account_owners_update',
    'GET account_stages | account_stages/index | account_stages_list',
    'GET labels | labels/index | tags_list',
    'POST labels | labels/create | lists_create',
    'POST labels/add_entity_ids_to_label_names | labels/add_entity_ids_to_label_names | lists_add_entities',
    'POST labels/remove_entity_ids_from_label_names | labels/remove_entity_ids_from_label_names | lists_remove_entities',
    'GET fields | fields/index | custom_fields_list',
    'POST fields | fields/create | custom_field_write',
    'PATCH fields | fields/update | custom_field_write',
    'GET typed_custom_fields | typed_custom_fields/index | custom_fields_list',
    'GET users/api_profile | users/api_profile | read_user_profile',
    'GET users/search | users/search | users_list',
    'GET auth/health | auth/health | read_user_profile',
  ]);
});

test('bulk requests carry what is done at once: more are refused, or become a job that no one can poll', () => {
  const sizes = (object: 'contacts' | 'accounts') =>
    (['bulkCreate', 'bulkUpdate', 'updateOwners', 'update'] as const).map((name) => endpoints[object][name].maxRecords);
  expect(sizes('contacts')).toEqual([100, 100, 100, 1]);
  expect(sizes('accounts')).toEqual([100, 999, 100, 1]);
});
