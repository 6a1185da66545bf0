import { describe, expect, test } from 'vitest';
import { bench, people, sorted } from '../emulator/client.ts';

// Expectations: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19), POST /contacts/bulk_create, and
// docs.apollo.io/reference/bulk-update-contacts (2026-07-28).

const MEMBER = '66302798d03b9601c7934ebf';
const UNKNOWN_ID = 'ffffffffffffffffffffffff';
const SLIM = [
  'contact_stage_id',
  'created_at',
  'email',
  'first_name',
  'id',
  'last_name',
  'organization_name',
  'owner_id',
  'team_id',
  'title',
  'updated_at',
];

describe('bulk_create', () => {
  test('M9 answers are slim, complete and shuffled, the same way for the same seed', async () => {
    const sent = people(100);
    const emails = sent.map((person) => person.email);
    const answered = async (seed: number) => {
      const { post } = await bench({ seed });
      const { json } = await post('contacts/bulk_create', { contacts: sent });
      expect(json.existing_contacts).toEqual([]);
      expect(Object.keys(json.created_contacts[0]).sort()).toEqual(SLIM);
      return json.created_contacts.map((contact: { email: string }) => contact.email);
    };
    const first = await answered(1);
    expect([...first].sort()).toEqual([...emails].sort());
    expect(first).not.toEqual(emails);
    expect(await answered(1)).toEqual(first);
    expect(await answered(2)).not.toEqual(first);
  });

  test('M9 the order sent is kept where that is switched on', async () => {
    const sent = people(20);
    const { post } = await bench({ quirks: { order: 'sent' } });
    const { json } = await post('contacts/bulk_create', { contacts: sent });
    expect(json.created_contacts.map((contact: { email: string }) => contact.email)).toEqual(sent.map((p) => p.email));
  });

  test('M9 with run_dedupe a match comes back untouched among the existing', async () => {
    const stored = { id: UNKNOWN_ID, email: 'ann@acme.example', title: 'CTO', first_name: 'Ann' };
    const { clock, emulator, post } = await bench({ data: { contacts: [stored] } });
    clock.advance(5000);
    const contacts = [{ email: 'ANN@acme.example', title: 'CEO' }, { email: 'new@acme.example' }];
    const { json } = await post('contacts/bulk_create', { contacts, run_dedupe: true });
    expect(sorted(json.created_contacts, 'email')).toEqual(['new@acme.example']);
    expect(json.existing_contacts).toHaveLength(1);
    expect(json.existing_contacts[0]).toMatchObject({ id: UNKNOWN_ID, title: 'CTO', email: 'ann@acme.example' });
    expect(json.existing_contacts[0].updated_at).toBe(json.existing_contacts[0].created_at);
    expect(emulator.store.contacts.get(UNKNOWN_ID)?.title).toBe('CTO');
    expect(Object.keys(json.existing_contacts[0]).sort()).toEqual(SLIM);
    emulator.setQuirks({ slimExisting: 'schema' });
    const again = await post('contacts/bulk_create', { contacts: contacts.slice(0, 1), run_dedupe: true });
    expect(Object.keys(again.json.existing_contacts[0])).not.toContain('organization_name');
    expect(Object.keys(again.json.existing_contacts[0])).not.toContain('contact_stage_id');
  });

  test('M9 without run_dedupe duplicates are inserted', async () => {
    const { emulator, post } = await bench({ data: { contacts: [{ email: 'ann@acme.example' }] } });
    const { json } = await post('contacts/bulk_create', { contacts: [{ email: 'ann@acme.example' }] });
    expect([json.created_contacts.length, json.existing_contacts.length]).toEqual([1, 0]);
    expect(emulator.store.contacts.size).toBe(2);
  });

  test('M9 more than 100 and no array are refused, the latter naming another parameter', async () => {
    const { emulator, post } = await bench();
    const error = async (body: unknown) => {
      const { status, json } = await post('contacts/bulk_create', body);
      return [status, json];
    };
    const missing = 'Please provide an array of contact attributes in the "contact_attributes" parameter.';
    expect(await error({})).toEqual([422, { error: missing }]);
    expect(await error({ contacts: { email: 'a@b.example' } })).toEqual([422, { error: missing }]);
    expect(await error({ contacts: people(101) })).toEqual([
      422,
      { error: 'Please limit your array to 100 contacts or fewer.' },
    ]);
    expect(emulator.store.contacts.size).toBe(0);
  });

  test('M9 one owner for the batch, the acting admin otherwise, and 422 for somebody else', async () => {
    const { post } = await bench();
    const owners = async (body: object) => {
      const { status, json } = await post('contacts/bulk_create', { contacts: [{ first_name: 'A' }], ...body });
      return [status, json.created_contacts?.[0].owner_id];
    };
    expect(await owners({})).toEqual([200, '60affe7d6e270a00f5db6fe4']);
    expect(await owners({ owner_id: MEMBER })).toEqual([200, MEMBER]);
    expect(await owners({ owner_id: UNKNOWN_ID })).toEqual([422, undefined]);
  });

  test('M9 append_label_names reaches what is created, and what existed only as switched', async () => {
    const { emulator, post } = await bench({ data: { contacts: [{ id: UNKNOWN_ID, email: 'old@acme.example' }] } });
    const create = (email: string) =>
      post('contacts/bulk_create', {
        contacts: [{ email: 'old@acme.example' }, { email }],
        append_label_names: ['Warehouse sync'],
        run_dedupe: true,
      });
    const { json } = await create('new@acme.example');
    const members = () => emulator.store.labels.members('Warehouse sync', 'contacts');
    expect([...members()]).toEqual([json.created_contacts[0].id]);
    emulator.setQuirks({ appendLabelsToExisting: true });
    await create('newer@acme.example');
    expect(members().has(UNKNOWN_ID)).toBe(true);
  });

  test('M9 primary_title wins over title, and names of the single create are ignored', async () => {
    const { emulator, post } = await bench({ strict: false });
    await post('contacts/bulk_create', {
      contacts: [
        {
          email: 'a@b.example',
          title: 'Old',
          primary_title: 'New',
          direct_phone: '202-555-0101',
          label_names: ['X'],
          owner_id: MEMBER,
        },
      ],
    });
    const [contact] = emulator.store.contacts.byEmail('a@b.example');
    expect(contact).toMatchObject({ title: 'New', phone_numbers: [], label_ids: [] });
    expect(contact?.owner_id).not.toBe(MEMBER);
  });

  test('M10 a placeholder of an e-mail import is merged even without run_dedupe', async () => {
    const stored = { id: UNKNOWN_ID, email: 'ann@acme.example', source: 'email_import' };
    const { emulator, post } = await bench({ data: { contacts: [stored] } });
    const contacts = [{ email: 'ann@acme.example', first_name: 'Ann' }];
    const { json } = await post('contacts/bulk_create', { contacts });
    expect([json.created_contacts, sorted(json.existing_contacts, 'id')]).toEqual([[], [UNKNOWN_ID]]);
    expect(emulator.store.contacts.get(UNKNOWN_ID)).toMatchObject({ first_name: 'Ann', source: 'api' });
    const again = await post('contacts/bulk_create', { contacts });
    expect(again.json.created_contacts).toHaveLength(1);
  });

  test('M11 the second of two equal items is existing, or created as well', async () => {
    const twice = { contacts: [{ email: 'a@b.example' }, { email: 'A@b.example' }], run_dedupe: true };
    const { emulator, post } = await bench();
    const { json } = await post('contacts/bulk_create', twice);
    expect(sorted(json.existing_contacts, 'id')).toEqual(sorted(json.created_contacts, 'id'));
    expect(emulator.store.contacts.size).toBe(1);
    const both = await bench({ quirks: { withinBatch: 'both' } });
    const second = await both.post('contacts/bulk_create', twice);
    expect([second.json.created_contacts.length, second.json.existing_contacts.length]).toEqual([2, 0]);
    const once = await bench({ quirks: { repeatedExisting: 'once' }, data: { contacts: [{ email: 'a@b.example' }] } });
    expect((await once.post('contacts/bulk_create', twice)).json.existing_contacts).toHaveLength(1);
  });

  test('M12 a name match in the same company may be another person with another e-mail', async () => {
    const stored = { id: UNKNOWN_ID, first_name: 'John', last_name: 'Smith', email: 'john@acme.example' };
    const { post } = await bench({ data: { contacts: [stored] } });
    const contacts = [{ first_name: 'John', last_name: 'Smith', email: 'jsmith@acme.example' }];
    const { json } = await post('contacts/bulk_create', { contacts, run_dedupe: true });
    expect(json.created_contacts).toEqual([]);
    expect(json.existing_contacts[0]).toMatchObject({ id: UNKNOWN_ID, email: 'john@acme.example' });
  });

  test('M12 a record may be missing from both arrays, written or not', async () => {
    const { emulator, post } = await bench({
      trouble: [
        { fault: { kind: 'omit', where: { equals: 'person3@acme.example' } } },
        { fault: { kind: 'omit-from-answer', where: { index: 5 } } },
      ],
    });
    const { json } = await post('contacts/bulk_create', { contacts: people(10), run_dedupe: true });
    const answered = sorted(json.created_contacts, 'email');
    expect(answered).toHaveLength(8);
    expect(answered).not.toContain('person3@acme.example');
    expect(answered).not.toContain('person5@acme.example');
    expect(emulator.store.contacts.byEmail('person3@acme.example')).toHaveLength(0);
    expect(emulator.store.contacts.byEmail('person5@acme.example')).toHaveLength(1);
  });
});

describe('bulk_update', () => {
  const ids = Array.from({ length: 1001 }, (_, i) => `5${(i + 1).toString(16).padStart(23, '0')}`);
  const stored = ids.map((id, i) => ({ id, email: `p${i}@acme.example`, title: 'Old' }));
  const data = { contacts: stored };
  const attributes = (count: number) => ids.slice(0, count).map((id, i) => ({ id, title: `Title ${i}` }));

  test('M13 up to 100 are written at once and answered', async () => {
    const { emulator, post } = await bench({ data });
    const { status, json } = await post('contacts/bulk_update', { contact_attributes: attributes(100) });
    expect([status, Object.keys(json), json.contacts.length]).toEqual([200, ['contacts'], 100]);
    expect(sorted(json.contacts, 'id')).toEqual(ids.slice(0, 100));
    expect(Object.keys(json.contacts[0])).toEqual([
      'id',
      'first_name',
      'last_name',
      'email',
      'title',
      'organization_name',
      'owner_id',
      'account_id',
      'present_raw_address',
      'linkedin_url',
      'updated_at',
    ]);
    expect(emulator.store.contacts.get(ids[99] ?? '')?.title).toBe('Title 99');
  });

  test('M13 contact_ids take one set of values, and visible_entity_ids limits the echo', async () => {
    const { emulator, post } = await bench({ data });
    const sent = { contact_ids: ids.slice(0, 3), title: 'Same', visible_entity_ids: [ids[1]] };
    const { json } = await post('contacts/bulk_update', sent);
    expect(sorted(json.contacts, 'id')).toEqual([ids[1]]);
    expect(ids.slice(0, 4).map((id) => emulator.store.contacts.get(id)?.title)).toEqual([
      'Same',
      'Same',
      'Same',
      'Old',
    ]);
  });

  test('M13 stages, lists and phones are ignored, or honoured as switched', async () => {
    const { emulator, post } = await bench({ strict: false, data });
    const stage = '6095a710bd01d100a506d4b1';
    const sent = {
      contact_attributes: [{ id: ids[0], contact_stage_id: stage, label_names: ['X'], mobile_phone: '202-555-0101' }],
    };
    const contact = () => emulator.store.contacts.get(ids[0] ?? '');
    expect((await post('contacts/bulk_update', sent)).status).toBe(200);
    expect(contact()).toMatchObject({ contact_stage_id: '6095a710bd01d100a506d4ae', label_ids: [], phone_numbers: [] });
    emulator.setQuirks({ bulkUpdateHonours: ['stage', 'labels', 'phones'] });
    await post('contacts/bulk_update', sent);
    expect(contact()).toMatchObject({ contact_stage_id: stage, phone_numbers: [{ type: 'mobile' }] });
    expect(emulator.store.labels.members('X', 'contacts').size).toBe(1);
  });

  test('M14 more than 100, or async, becomes a job that nothing can poll', async () => {
    const { clock, emulator, get, post } = await bench({ data });
    const { status, json } = await post('contacts/bulk_update', { contact_attributes: attributes(101) });
    expect([status, Object.keys(json)]).toEqual([200, ['entity_progress_job']]);
    const job = json.entity_progress_job;
    expect(job).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      job_type: 'contact_bulk_update',
      status: 'pending',
      entity_ids: ids.slice(0, 101),
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(emulator.store.contacts.get(ids[0] ?? '')?.title).toBe('Old');
    expect((await get(`entity_progress_jobs/${job.id}`)).status).toBe(404);
    clock.advance(1000);
    expect(emulator.store.contacts.get(ids[100] ?? '')?.title).toBe('Title 100');
    const forced = await post('contacts/bulk_update', { contact_ids: [ids[0]], title: 'Later', async: true });
    expect(Object.keys(forced.json)).toEqual(['entity_progress_job']);
  });

  test('M15 more than 1000 and neither array are refused', async () => {
    const { post } = await bench({ data });
    const error = async (body: unknown) => {
      const { status, json } = await post('contacts/bulk_update', body);
      return [status, json];
    };
    expect(await error({ contact_ids: ids, title: 'X' })).toEqual([
      422,
      { error: 'Please limit your array to fewer than 1000.' },
    ]);
    expect(await error({ title: 'X' })).toEqual([
      422,
      { error: 'Please provide either contact_ids or contact_attributes' },
    ]);
    expect((await error({ contact_ids: ids.slice(0, 1000), title: 'X' }))[0]).toBe(200);
  });

  test('M15 one bad e-mail refuses the whole request and names its contact', async () => {
    const { emulator, post } = await bench({ data });
    const bad = [
      { id: ids[0], title: 'New' },
      { id: ids[1], email: 'not an address' },
      { id: ids[2], title: 'New' },
    ];
    const { status, json } = await post('contacts/bulk_update', { contact_attributes: bad });
    expect([status, json]).toEqual([
      422,
      {
        error: 'Validation failed',
        error_details: { contact_id: ids[1], field: 'email', message: 'Invalid email format' },
      },
    ]);
    const titles = () => ids.slice(0, 3).map((id) => emulator.store.contacts.get(id)?.title);
    expect(titles()).toEqual(['Old', 'Old', 'Old']);
    emulator.setQuirks({ partialOn422: true });
    await post('contacts/bulk_update', { contact_attributes: bad });
    expect(titles()).toEqual(['New', 'Old', 'Old']);
  });

  test('M15 unknown and deleted ids are missing from the answer, or refused as switched', async () => {
    const deleted = 'bbbbbbbbbbbbbbbbbbbbbbbb';
    const contacts = [...stored.slice(0, 1), { id: deleted, state: 'deleted' }];
    const { emulator, post } = await bench({ data: { contacts } });
    const update = (...wanted: (string | undefined)[]) =>
      post('contacts/bulk_update', { contact_ids: wanted, title: 'X' });
    const { json } = await update(ids[0], UNKNOWN_ID, deleted);
    expect(sorted(json.contacts, 'id')).toEqual([ids[0]]);
    emulator.setQuirks({ absentIds: '422' });
    expect((await update(ids[0], UNKNOWN_ID)).status).toBe(422);
    expect((await update(deleted)).json).toEqual({
      error: 'Cannot update contact as it is deleted.',
      deleted_contact_ids: [deleted],
    });
  });

  test('M15 a scripted rejection names a contact or none', async () => {
    const where = { endsWith: '@bad.example' };
    const sent = {
      contact_attributes: [
        { id: ids[0], email: 'x@good.example' },
        { id: ids[1], email: 'x@bad.example' },
      ],
    };
    const named = await bench({ data, trouble: [{ fault: { kind: 'reject', where, naming: 'contact_id' } }] });
    const { status, json } = await named.post('contacts/bulk_update', sent);
    expect([status, json.error_details.contact_id]).toEqual([422, ids[1]]);
    const none = await bench({ data, trouble: [{ fault: { kind: 'reject', where, naming: 'none' } }] });
    expect((await none.post('contacts/bulk_update', sent)).json).toEqual({ error: 'Validation failed' });
    const create = await none.post('contacts/bulk_create', { contacts: [{ email: 'y@bad.example' }] });
    expect([create.status, none.emulator.store.contacts.size]).toEqual([422, ids.length]);
  });
});
