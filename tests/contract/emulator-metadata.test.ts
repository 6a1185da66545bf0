import { describe, expect, test } from 'vitest';
import { bench, sorted } from '../emulator/client.ts';

// Expectations: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19), fields, labels, users, stages.

interface Field {
  readonly id: string;
  readonly label: string;
  readonly modality: string;
  readonly type: string;
}

async function fieldsOf(get: (path: string) => Promise<{ json: { typed_custom_fields: unknown[] } }>) {
  const { json } = await get('typed_custom_fields');
  const fields = json.typed_custom_fields as (Omit<Field, 'label'> & {
    readonly name: string;
    readonly picklist_values?: readonly { readonly id: string; readonly name: string }[];
  })[];
  return (modality: string, type: string) => {
    const found = fields.find((field) => field.modality === modality && field.type === type);
    if (found === undefined) throw new Error(`no ${modality} field of type ${type}`);
    return found;
  };
}

describe('custom fields', () => {
  test('M24 values are stored under known bare ids; prefixed ids, names and unknown ids do nothing, silently', async () => {
    const { get, post } = await bench();
    const field = await fieldsOf(get);
    const text = field('contact', 'string');
    const sent = {
      [text.id]: 'X-1',
      [`contact.${field('contact', 'date').id}`]: '2026-01-01',
      [text.name]: 'by name',
      [field('account', 'string').id]: 'of the other object',
      ffffffffffffffffffffffff: 'unknown',
    };
    const { status, json } = await post('contacts', { email: 'a@b.example', typed_custom_fields: sent });
    expect(status).toBe(200);
    expect(json.contact.typed_custom_fields).toEqual({ [text.id]: 'X-1' });
    expect(json.contact.custom_field_errors).toEqual({});
  });

  test('M24 a picklist takes an option id, not a label, and reads back as an array of ids', async () => {
    const { emulator, get, post } = await bench();
    const field = await fieldsOf(get);
    const picklist = field('contact', 'picklist');
    const multi = field('contact', 'multipicklist');
    const option = picklist.picklist_values?.[1]?.id ?? '';
    const both = multi.picklist_values?.slice(0, 2).map((value) => value.id);
    const stored = async (values: object) => (await post('contacts', { typed_custom_fields: values })).json.contact;
    expect((await stored({ [picklist.id]: option })).typed_custom_fields).toEqual({ [picklist.id]: [option] });
    expect((await stored({ [multi.id]: both })).typed_custom_fields).toEqual({ [multi.id]: both });
    expect((await stored({ [picklist.id]: picklist.picklist_values?.[1]?.name })).typed_custom_fields).toEqual({});
    emulator.setQuirks({ customFieldErrors: 'reported' });
    expect(Object.keys((await stored({ [picklist.id]: 'Gold' })).custom_field_errors)).toEqual([picklist.id]);
  });

  test('M24 an array instead of an object is 422, in strict mode too', async () => {
    const { emulator, post } = await bench();
    expect((await post('contacts', { typed_custom_fields: [] })).status).toBe(422);
    expect((await post('contacts/bulk_create', { contacts: [{ typed_custom_fields: [] }] })).status).toBe(422);
    expect(emulator.violations).toEqual([]);
  });

  test('M24 numbers and booleans are refused in strict mode, stored or ignored otherwise; empty text clears', async () => {
    const { emulator, get, patch, post } = await bench();
    const score = (await fieldsOf(get))('contact', 'number');
    const strict = await post('contacts', { typed_custom_fields: { [score.id]: 7 } });
    expect([strict.status, emulator.violations[0]?.key]).toEqual([400, `typed_custom_fields.${score.id}`]);
    const lenient = await bench({ strict: false });
    const values = async () =>
      (await lenient.post('contacts', { typed_custom_fields: { [score.id]: 7 } })).json.contact.typed_custom_fields;
    expect(await values()).toEqual({ [score.id]: 7 });
    lenient.emulator.setQuirks({ nativeCustomValues: 'ignored' });
    expect(await values()).toEqual({});
    const created = await post('contacts', { typed_custom_fields: { [score.id]: '7' } });
    expect(created.json.contact.typed_custom_fields).toEqual({ [score.id]: '7' });
    const cleared = await patch(`contacts/${created.json.contact.id}`, { typed_custom_fields: { [score.id]: '' } });
    expect(cleared.json.contact.typed_custom_fields).toEqual({});
  });

  test('M24 a key sent in the body still works, but custom fields are then not written', async () => {
    const { emulator, get } = await bench({ strict: false });
    const text = (await fieldsOf(get))('contact', 'string');
    const body = JSON.stringify({
      api_key: 'emulator-key',
      email: 'a@b.example',
      typed_custom_fields: { [text.id]: 'X' },
    });
    const response = await fetch(`${emulator.url}/contacts`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(emulator.store.contacts.byEmail('a@b.example')[0]?.typed_custom_fields).toEqual({});
  });

  test('M25 GET /fields has prefixed ids, GET /typed_custom_fields the same ones bare, with options', async () => {
    const { emulator, get } = await bench();
    const custom = (await get('fields?source=custom')).json.fields;
    const typed = (await get('typed_custom_fields')).json.typed_custom_fields;
    expect(sorted(custom, 'id')).toEqual(typed.map((field: Field) => `${field.modality}.${field.id}`).sort());
    expect(custom.every((field: { source: string }) => field.source === 'custom')).toBe(true);
    const types = new Set(typed.map((field: Field) => `${field.modality} ${field.type}`));
    expect(types.size).toBe(16);
    const picklist = typed.find((field: Field) => field.type === 'picklist');
    expect(picklist.picklist_values[0]).toEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      mapped_crm_values: {},
      name: 'Bronze',
      id: picklist.picklist_values[0]._id,
      key: picklist.picklist_values[0]._id,
    });
    const all = (await get('fields')).json.fields;
    expect(all.some((field: { source: string }) => field.source === 'system')).toBe(true);
    expect((await get('fields?source=crm_synced')).json.fields).toEqual([]);
    expect(JSON.stringify(custom)).not.toContain('picklist_values');
    emulator.setQuirks({ fieldsShowOptions: true });
    expect(JSON.stringify((await get('fields')).json)).toContain('picklist_values');
  });

  test('M25 POST /fields makes a field that can be written at once, but no picklist', async () => {
    const { post } = await bench();
    const { status, json } = await post('fields', {
      label: 'Plan',
      modality: 'contact',
      type: 'string',
      meta: { max_length: 120 },
    });
    expect([status, json]).toEqual([
      200,
      {
        typed_custom_fields: [
          { id: expect.any(String), name: 'Plan', modality: 'contact', text_field_max_length: 120 },
        ],
      },
    ]);
    const { id } = json.typed_custom_fields[0];
    const created = await post('contacts', { typed_custom_fields: { [id]: 'pro' } });
    expect(created.json.contact.typed_custom_fields).toEqual({ [id]: 'pro' });
    expect((await post('fields', { label: 'P', modality: 'contact', type: 'picklist' })).status).toBe(422);
  });

  test('M25 PATCH /fields edits label and options; options sent without id are new', async () => {
    const { get, patch } = await bench();
    const picklist = (await fieldsOf(get))('contact', 'picklist');
    const id = `contact.${picklist.id}`;
    const change = async (field: object) => {
      const { status, json } = await patch('fields', { fields: [{ id, ...field }] });
      return [status, json.error];
    };
    expect(await change({ label: 'Tier' })).toEqual([422, 'Picklist fields must have at least one option']);
    expect(await change({ type: 'string' })).toEqual([422, 'Cannot change field type after creation']);
    expect(await change({ label: 'powerup_x' })).toEqual([
      422,
      "Field name with prefix 'powerup_' is not allowed. Please use another name.",
    ]);
    expect(await change({ meta: { picklist_values: [{ name: 'A', mapped_crm_id: '1' }] } })).toEqual([
      403,
      'CRM Mapping cannot be configured using API Call',
    ]);
    expect(await change({ id: 'contact.ffffffffffffffffffffffff' })).toEqual([422, 'Some fields could not be found']);
    const kept = picklist.picklist_values?.[0];
    const values = [{ id: kept?.id, name: 'Bronze!' }, { name: 'Silver' }];
    const { json } = await patch('fields', { fields: [{ id, label: 'Tier', meta: { picklist_values: values } }] });
    expect(json.typed_custom_fields).toEqual([
      { id: picklist.id, name: 'Tier', modality: 'contact', text_field_max_length: null },
    ]);
    expect(json.fields[0]).toMatchObject({ id, label: 'Tier', meta: { visibility_status: 'active' } });
    const after = (await fieldsOf(get))('contact', 'picklist').picklist_values ?? [];
    expect(after.map((value) => value.name)).toEqual(['Bronze!', 'Silver']);
    expect(after[0]?.id).toBe(kept?.id);
    expect(after[1]?.id).not.toBe(picklist.picklist_values?.[1]?.id);
  });

  test('M25 new fields and options may be shown late, refused a second time, and named by another id', async () => {
    const { emulator, get, patch, post } = await bench();
    emulator.setQuirks({ newFieldLagMs: 1000, duplicateLabels: '422', createdFieldId: 'uuid' });
    const body = { label: 'Plan', modality: 'contact', type: 'string' };
    const made = await post('fields', body);
    expect(made.json.typed_custom_fields[0].id).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    expect((await post('fields', { ...body, label: 'plan' })).status).toBe(422);
    const picklist = (await fieldsOf(get))('contact', 'picklist');
    const before = picklist.picklist_values ?? [];
    const picklist_values = [...before.map(({ id, name }) => ({ id, name })), { name: 'New' }];
    await patch('fields', { fields: [{ id: `contact.${picklist.id}`, meta: { picklist_values } }] });
    const shown = async () => {
      const { typed_custom_fields: fields } = (await get('typed_custom_fields')).json;
      const options = (await fieldsOf(get))('contact', 'picklist').picklist_values ?? [];
      return [fields.some(({ name }: { name: string }) => name === 'Plan'), options.length - before.length];
    };
    expect(await shown()).toEqual([false, 0]);
    emulator.clock.advance(1000);
    expect(await shown()).toEqual([true, 1]);
  });

  test('M25 a child field cannot be edited by itself', async () => {
    const child = { id: 'cccccccccccccccccccccccc', label: 'Child', parent: 'contact.x' };
    const { patch } = await bench({ data: { fields: [child] } });
    const { json } = await patch('fields', { fields: [{ id: `contact.${child.id}`, label: 'New' }] });
    expect(json).toEqual({ error: 'Child fields cannot be updated directly' });
  });
});

describe('lists', () => {
  const A = 'aaaaaaaaaaaaaaaaaaaaaaaa';
  const data = { contacts: [{ id: A, email: 'a@b.example', label_names: ['Old'] }] };
  const add = 'labels/add_entity_ids_to_label_names';
  const remove = 'labels/remove_entity_ids_from_label_names';

  test('M26 GET /labels is a bare array', async () => {
    const { get } = await bench({ data });
    const { json } = await get('labels');
    expect(Array.isArray(json)).toBe(true);
    const old = json.find((label: { name: string }) => label.name === 'Old');
    expect(old).toMatchObject({ modality: 'contacts', cached_count: 1, id: old._id, key: old._id });
  });

  test('M26 lists are created once for a name, and refused in four texts', async () => {
    const { post } = await bench();
    const create = async (body: object) => {
      const { status, json } = await post('labels', body);
      return [status, json.error ?? json.label.name];
    };
    expect(await create({ name: 'New', modality: 'contacts' })).toEqual([200, 'New']);
    expect(await create({ name: 'New', modality: 'accounts' })).toEqual([200, 'New']);
    const again = await post('labels', { name: 'New', modality: 'contacts' });
    expect([again.status, again.json]).toEqual([422, { error: 'New already exists', skip_alert_dialog: true }]);
    expect(await create({ name: ' ', modality: 'contacts' })).toEqual([422, 'Please enter a non-empty name!']);
    expect(await create({ name: 'A', modality: '' })).toEqual([422, 'Please enter a non-empty modality!']);
    expect(await create({ name: 'A', modality: 'leads' })).toEqual([422, 'Please enter a valid modality!']);
  });

  test('M26 renaming: unknown is 404, a name that is taken 422', async () => {
    const { emulator, patch } = await bench({ data });
    const id = emulator.store.labels.byName('Old', 'contacts')?.id ?? '';
    const unknown = await patch('labels/6612a4b7c8d9e0f123456789', { name: 'A' });
    expect([unknown.status, unknown.json]).toEqual([
      404,
      { message: 'Could not find label with id 6612a4b7c8d9e0f123456789', error: 'Record not found.' },
    ]);
    expect((await patch(`labels/${id}`, { name: 'Trade Show Leads' })).status).toBe(422);
    expect((await patch(`labels/${id}`, { name: 'Old', book_of_business: true })).json.label).toMatchObject({
      name: 'Old',
      book_of_business: true,
    });
    expect((await patch(`labels/${id}`, { name: 'Renamed' })).json.label).toMatchObject({ id, name: 'Renamed' });
    expect(emulator.store.labels.members('Renamed', 'contacts').has(A)).toBe(true);
  });

  test('M26 adding is additive, creates lists, and ignores ids that are none', async () => {
    const { emulator, post } = await bench({ data });
    const sent = { entity_ids: [A, 'nonsense'], label_names: ['Fresh', 'Old'], modality: 'contacts' };
    const { status, json } = await post(add, sent);
    expect([status, sorted(json.labels, 'name'), sorted(json.labels, 'cached_count')]).toEqual([
      200,
      ['Fresh', 'Old'],
      [1, 1],
    ]);
    expect(emulator.store.contacts.get(A)?.label_ids).toHaveLength(2);
  });

  test('M26 removing, and requests with nothing to do', async () => {
    const { emulator, post } = await bench({ data });
    const nothing = { message: 'No Models or Lists provided' };
    expect((await post(add, { entity_ids: ['x'], label_names: ['Old'], modality: 'contacts' })).json).toEqual(nothing);
    expect((await post(add, { entity_ids: [A], label_names: [], modality: 'contacts' })).json).toEqual(nothing);
    const leads = await post(add, { entity_ids: [A], label_names: ['Old'], modality: 'leads' });
    expect([leads.status, leads.json]).toEqual([422, { error: 'Invalid modality: leads.' }]);
    const { json } = await post(remove, { entity_ids: [A], label_names: ['Old'], modality: 'contacts' });
    expect(json.labels[0]).toMatchObject({ name: 'Old', cached_count: 0 });
    expect(emulator.store.contacts.get(A)?.label_ids).toEqual([]);
  });

  test('M26 async is a job, done later', async () => {
    const { clock, emulator, post } = await bench({ data });
    const { json } = await post(add, { entity_ids: [A], label_names: ['Later'], modality: 'contacts', async: true });
    expect(json.entity_progress_job).toEqual({
      id: expect.any(String),
      user_id: '60affe7d6e270a00f5db6fe4',
      job_type: 'add_entities_to_labels',
      entity_ids: [A],
      params: { modality: 'contacts', label_names: ['Later'] },
      progress: -1,
      batch_size: null,
    });
    expect(emulator.store.labels.members('Later', 'contacts').size).toBe(0);
    clock.advance(1000);
    expect(emulator.store.labels.members('Later', 'contacts').size).toBe(1);
  });
});

describe('users and stages', () => {
  test.each(['GET', 'POST'])(
    'M27 %s users/search counts pages in strings and includes deleted users',
    async (method) => {
      const { send } = await bench();
      const { json } = await send(method, 'users/search?page=1&per_page=3');
      expect(json.pagination).toEqual({ page: '1', per_page: '3', total_entries: 4, total_pages: 2 });
      const second = await send(method, 'users/search?page=2&per_page=3');
      const users = [...json.users, ...second.json.users];
      expect(users.filter((user: { deleted: boolean }) => user.deleted)).toHaveLength(1);
    },
  );

  test('M27 the profile is that of the longest-standing active admin, flat, with credits when asked', async () => {
    const { get } = await bench();
    const { json } = await get('users/api_profile');
    expect(json).toEqual({
      id: '60affe7d6e270a00f5db6fe4',
      team_id: '6095a710bd01d100a506d4ac',
      first_name: 'Ada',
      last_name: 'Reyes',
      title: 'Head of Revenue Operations',
      email: 'ada.reyes@emulator.example',
    });
    expect((await get('users/api_profile?include_credit_usage=true')).json).toMatchObject({
      num_credits_remaining: 9500,
    });
  });

  test('stages have the documented keys', async () => {
    const { get } = await bench();
    const contact = (await get('contact_stages')).json.contact_stages;
    expect(contact[0]).toEqual({
      id: '6095a710bd01d100a506d4ae',
      team_id: '6095a710bd01d100a506d4ac',
      display_name: 'New',
      name: 'New',
      display_order: 0,
      ignore_trigger_override: null,
      category: 'in_progress',
      is_meeting_set: null,
    });
    const account = (await get('account_stages')).json.account_stages;
    expect(Object.keys(account[0])).toContain('default_exclude_for_leadgen');
  });
});
