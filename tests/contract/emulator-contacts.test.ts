import { describe, expect, test } from 'vitest';
import { bench, sorted } from '../emulator/client.ts';

// Expectations: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19), contacts; older prose where it says so.

const ADMIN = '60affe7d6e270a00f5db6fe4';
const NEW_STAGE = '6095a710bd01d100a506d4ae';
const UNKNOWN_ID = 'ffffffffffffffffffffffff';

describe('create', () => {
  test('M6 without run_dedupe the same person is created twice', async () => {
    const { emulator, post } = await bench();
    const body = { first_name: 'Ann', last_name: 'Lee', email: 'ann@acme.example', title: 'CTO' };
    const first = await post('contacts', body);
    const second = await post('contacts', body);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json.contact.id).not.toBe(first.json.contact.id);
    expect(first.json.contact.id).toMatch(/^[0-9a-f]{24}$/);
    expect(emulator.store.contacts.byEmail('ANN@acme.example')).toHaveLength(2);
    expect(first.json.contact).toMatchObject({
      ...body,
      name: 'Ann Lee',
      email_status: 'verified',
      email_true_status: 'User Managed',
      email_from_customer: true,
      owner_id: ADMIN,
      creator_id: ADMIN,
      contact_stage_id: NEW_STAGE,
      source: 'api',
      source_display_name: 'Created from API',
      existence_level: 'full',
      custom_field_errors: {},
      free_domain: false,
    });
  });

  test('M6 lists that do not exist are created, and answered with the contact', async () => {
    const { emulator, post } = await bench();
    const { json } = await post('contacts', { email: 'a@b.example', label_names: ['Brand new', 'Trade Show Leads'] });
    expect(sorted(json.labels, 'name')).toEqual(['Brand new', 'Trade Show Leads']);
    expect(sorted(json.labels, 'id')).toEqual([...json.contact.label_ids].sort());
    expect([...emulator.store.labels.members('Brand new', 'contacts')]).toEqual([json.contact.id]);
  });

  test('M6 an invalid e-mail is left out and the contact created, or refused where that is switched on', async () => {
    const { emulator, post } = await bench();
    const dropped = await post('contacts', { first_name: 'A', email: 'not an address' });
    expect([dropped.status, dropped.json.contact.email]).toEqual([200, null]);
    emulator.setQuirks({ invalidEmail: '422' });
    expect((await post('contacts', { first_name: 'A', email: 'not an address' })).status).toBe(422);
    expect(emulator.store.contacts.size).toBe(1);
  });

  test.each(['account_id', 'contact_stage_id'])('M6 a malformed %s is refused by its value', async (key) => {
    const { post } = await bench();
    const { status, json } = await post('contacts', { [key]: '2342432' });
    expect([status, json]).toEqual([422, { error: 'Parameters misconfigured. 2342432 is not a valid ID' }]);
  });

  test('M6 a website is ignored when there is a valid e-mail, and an address is taken apart where it can be', async () => {
    const { emulator, post } = await bench();
    await post('contacts', { email: 'a@b.example', website_url: 'https://b.example' });
    const { json } = await post('contacts', { first_name: 'A', present_raw_address: 'Lyon, Rhône, France' });
    expect(emulator.store.contacts.byEmail('a@b.example')[0]?.extra['website_url']).toBeUndefined();
    expect(json.contact).toMatchObject({
      present_raw_address: 'Lyon, Rhône, France',
      city: 'Lyon',
      state: 'Rhône',
      country: 'France',
    });
    const odd = await post('contacts', { present_raw_address: 'behind the mill' });
    expect(odd.json.contact).toMatchObject({ present_raw_address: 'behind the mill', city: null, country: null });
  });
});

describe('create with run_dedupe', () => {
  const stored = {
    id: '507f1f77bcf86cd799439011',
    first_name: 'Ann',
    last_name: 'Lee',
    email: 'ann@acme.example',
    title: 'CTO',
    organization_name: 'Acme',
    contact_emails: [{ email: 'lee@private.example', position: 0 }],
    person_id: 'p-1',
    salesforce_contact_id: 'sf-1',
    merged_crm_ids: ['old-crm'],
  };

  test.each([
    ['id', { id: stored.id, email: 'new@else.example' }],
    ['CRM id', { salesforce_contact_id: 'sf-1', email: 'new@else.example' }],
    ['merged CRM id', { hubspot_vid: 'old-crm', email: 'new@else.example' }],
    ['person', { person_id: 'p-1', email: 'new@else.example' }],
    ['primary e-mail, whatever its case', { email: 'ANN@Acme.example' }],
    ['additional e-mail', { email: 'lee@private.example' }],
    ['e-mail without what follows the plus', { email: 'ann+news@acme.example' }],
    ['name and e-mail domain', { first_name: 'ann', last_name: 'LEE', email: 'a.lee@acme.example' }],
    ['name and company name', { first_name: 'Ann', last_name: 'Lee', organization_name: 'acme' }],
  ])('M7 a match by %s is updated in place', async (_rule, sent) => {
    const { emulator, post } = await bench({ strict: false, data: { contacts: [stored] } });
    const { status, json } = await post('contacts', { ...sent, title: 'CEO', run_dedupe: true });
    expect([status, json.contact.id, json.contact.title]).toEqual([200, stored.id, 'CEO']);
    expect(emulator.store.contacts.size).toBe(1);
  });

  test.each([
    ['another e-mail', { email: 'bob@acme.example' }],
    ['the name without the company', { first_name: 'Ann', last_name: 'Lee', email: 'ann@other.example' }],
    ['the company with another name', { first_name: 'Ann', last_name: 'Li', organization_name: 'Acme' }],
    ['the last name alone', { last_name: 'Lee', organization_name: 'Acme' }],
  ])('M7 %s is no match', async (_rule, sent) => {
    const { emulator, post } = await bench({ data: { contacts: [stored] } });
    const { json } = await post('contacts', { ...sent, run_dedupe: true });
    expect(json.contact.id).not.toBe(stored.id);
    expect(emulator.store.contacts.size).toBe(2);
  });

  test('M7 an earlier rule wins over a later one', async () => {
    const other = { id: '507f1f77bcf86cd799439012', email: 'b@acme.example', salesforce_contact_id: 'sf-2' };
    const { post } = await bench({ strict: false, data: { contacts: [stored, other] } });
    const byCrm = await post('contacts', { salesforce_contact_id: 'sf-2', email: stored.email, run_dedupe: true });
    expect(byCrm.json.contact.id).toBe(other.id);
    const byId = await post('contacts', { id: stored.id, salesforce_contact_id: 'sf-2', run_dedupe: true });
    expect(byId.json.contact.id).toBe(stored.id);
  });

  test('M7 sent values overwrite, omitted ones stay, empty ones clear, and the answer looks like a creation', async () => {
    const { clock, emulator, post } = await bench({ data: { contacts: [stored] } });
    clock.advance(1000);
    const sent = { email: 'ann@acme.example', first_name: 'Anna', title: '', run_dedupe: true };
    const { json } = await post('contacts', sent);
    expect(Object.keys(json)).toEqual(['contact', 'labels']);
    expect(json.contact).toMatchObject({
      first_name: 'Anna',
      last_name: 'Lee',
      title: null,
      organization_name: 'Acme',
    });
    expect(Date.parse(json.contact.updated_at) - Date.parse(json.contact.created_at)).toBe(1000);
    emulator.setQuirks({ dedupeResult: true });
    const told = await post('contacts', { email: 'ann@acme.example', run_dedupe: true });
    expect(told.json.dedupe_result).toEqual({
      found_existing: true,
      match_reason: 'email_match',
      existing_contact_id: stored.id,
    });
  });

  test('M7 the e-mail may be overwritten; person and Salesforce ids may not once they are set', async () => {
    const { emulator, post } = await bench({ strict: false, data: { contacts: [stored] } });
    const sent = { id: stored.id, email: 'new@acme.example', person_id: 'p-2', salesforce_contact_id: 'sf-2' };
    const { json } = await post('contacts', { ...sent, salesforce_lead_id: 'lead-1', run_dedupe: true });
    expect(json.contact).toMatchObject({
      email: 'new@acme.example',
      email_status: 'verified',
      person_id: 'p-1',
      salesforce_contact_id: 'sf-1',
      salesforce_lead_id: 'lead-1',
    });
    expect(emulator.store.contacts.byEmail('ann@acme.example')).toHaveLength(0);
    expect(emulator.store.contacts.byEmail('new@acme.example')).toHaveLength(1);
  });

  test('M7 plus-addressing and free mail domains match only as switched', async () => {
    const gmail = { first_name: 'Bo', last_name: 'Li', email: 'bo@gmail.com' };
    const { emulator, post } = await bench({ data: { contacts: [stored, gmail] } });
    emulator.setQuirks({ plusAddressing: false });
    await post('contacts', { email: 'ann+x@acme.example', run_dedupe: true });
    expect(emulator.store.contacts.size).toBe(3);
    const nameMatch = { first_name: 'Bo', last_name: 'Li', email: 'bo.li@gmail.com', run_dedupe: true };
    await post('contacts', nameMatch);
    expect(emulator.store.contacts.size).toBe(4);
    emulator.setQuirks({ freeDomainsMatch: true });
    await post('contacts', { ...nameMatch, email: 'bl@gmail.com' });
    expect(emulator.store.contacts.size).toBe(4);
  });
});

describe('update and read', () => {
  const live = { id: '507f1f77bcf86cd799439011', email: 'ann@acme.example', first_name: 'Ann', title: 'CTO' };
  const deleted = { id: '507f1f77bcf86cd799439012', state: 'deleted' };
  const hidden = { id: '507f1f77bcf86cd799439013', state: 'hidden' };
  const data = { contacts: [{ ...live, label_names: ['Old'] }, deleted, hidden] };

  test('M8 PATCH changes what is sent, and label_names replaces the lists', async () => {
    const { emulator, patch } = await bench({ data });
    const { status, json } = await patch(`contacts/${live.id}`, { title: 'CEO', label_names: ['New one'] });
    expect(status).toBe(200);
    expect(json.contact).toMatchObject({ id: live.id, first_name: 'Ann', title: 'CEO' });
    expect(sorted(json.labels, 'name')).toEqual(['New one']);
    expect(emulator.store.labels.members('Old', 'contacts').size).toBe(0);
    expect([...emulator.store.labels.members('New one', 'contacts')]).toEqual([live.id]);
  });

  test('M8 PUT does the same where strict mode does not refuse it', async () => {
    const { send, emulator } = await bench({ strict: false, data });
    const { status, json } = await send('PUT', `contacts/${live.id}`, { title: 'CEO' });
    expect([status, json.contact.title]).toEqual([200, 'CEO']);
    const strict = await bench({ data });
    expect((await strict.send('PUT', `contacts/${live.id}`, { title: 'CEO' })).status).toBe(400);
    expect(emulator.violations).toEqual([]);
  });

  test.each([
    ['put-only-404', 404],
    ['put-only-405', 405],
  ] as const)('M8 where only PUT is known (%s), PATCH meets a page that is not JSON', async (updateVerb, status) => {
    const { patch, send } = await bench({ data, quirks: { updateVerb } });
    const answer = await patch(`contacts/${live.id}`, { title: 'CEO' });
    expect([answer.status, answer.json]).toEqual([status, undefined]);
    expect((await send('PUT', `contacts/${live.id}`, { title: 'CEO' })).status).toBe(200);
  });

  test('M8 deleted, unknown and malformed ids are 422', async () => {
    const { patch } = await bench({ data });
    const answer = async (id: string, body = {}) => {
      const { status, json } = await patch(`contacts/${id}`, body);
      return [status, json];
    };
    expect(await answer(deleted.id)).toEqual([
      422,
      { error: 'Cannot update contact as it is deleted.', deleted_contact_ids: [deleted.id] },
    ]);
    expect(await answer(UNKNOWN_ID)).toEqual([422, { error: 'Oops! This contact does not exist in Apollo.' }]);
    expect(await answer('123')).toEqual([422, { error: 'Parameters misconfigured. 123 is not a valid ID' }]);
    expect(await answer(live.id, { account_id: '5234234' })).toEqual([
      422,
      { error: 'Parameters misconfigured. 5234234 is not a valid ID' },
    ]);
  });

  test('M16 reading an unknown, a deleted and a hidden contact is 422 in three texts', async () => {
    const { get } = await bench({ data });
    const answer = async (id: string) => {
      const { status, json } = await get(`contacts/${id}`);
      return [status, json];
    };
    expect(await answer(UNKNOWN_ID)).toEqual([422, { error: 'Oops! This contact does not exist in Apollo.' }]);
    expect(await answer(deleted.id)).toEqual([422, { error: 'This contact has been deleted.' }]);
    expect(await answer(hidden.id)).toEqual([422, { error: 'You are not authorized to view this page.' }]);
    const found = await get(`contacts/${live.id}`);
    expect([found.status, found.json.contact.id, Object.keys(found.json)]).toEqual([
      200,
      live.id,
      ['contact', 'labels'],
    ]);
  });
});

describe('phones', () => {
  test('M29 any format is sanitised to E.164, and each slot is a type', async () => {
    const { post } = await bench();
    const { json } = await post('contacts', {
      direct_phone: '555-555-0149',
      corporate_phone: '+49 (30) 901820',
      mobile_phone: '+44 20 7946 0018',
      home_phone: 'call my wife',
      other_phone: '(202) 555-0115',
    });
    expect(json.contact.phone_numbers[0]).toEqual({
      raw_number: '555-555-0149',
      sanitized_number: '+15555550149',
      type: 'work_direct',
      position: 0,
      status: 'no_status',
      dnc_status: null,
      dnc_other_info: null,
      dialer_flags: null,
    });
    const seen = json.contact.phone_numbers.map((phone: Record<string, unknown>) => [
      phone['type'],
      phone['sanitized_number'],
    ]);
    expect(seen).toEqual([
      ['work_direct', '+15555550149'],
      ['work_hq', '+4930901820'],
      ['mobile', '+442079460018'],
      ['home', null],
      ['other', '+12025550115'],
    ]);
    expect(json.contact.sanitized_phone).toBe('+15555550149');
  });

  test('M29 an update replaces the number of its slot, adds new ones, and removes with an empty one', async () => {
    const { post, patch } = await bench();
    const created = await post('contacts', { direct_phone: '202-555-0101', home_phone: '202-555-0102' });
    const sent = { direct_phone: '202-555-0103', mobile_phone: '202-555-0104', home_phone: '' };
    const { json } = await patch(`contacts/${created.json.contact.id}`, sent);
    const seen = json.contact.phone_numbers.map((phone: Record<string, unknown>) => [
      phone['type'],
      phone['raw_number'],
    ]);
    expect(seen.sort()).toEqual([
      ['mobile', '202-555-0104'],
      ['work_direct', '202-555-0103'],
    ]);
  });

  test('M29 accounts and bulk items have their phone sanitised too', async () => {
    const { emulator, post } = await bench();
    const account = await post('accounts', { name: 'A', phone: '202-555-0101' });
    expect(account.json.account).toMatchObject({ phone: '202-555-0101', sanitized_phone: '+12025550101' });
    await post('contacts/bulk_create', { contacts: [{ email: 'a@b.example', phone: '202-555-0102' }] });
    expect(emulator.store.contacts.byEmail('a@b.example')[0]?.phone_numbers[0]?.sanitized_number).toBe('+12025550102');
  });
});
