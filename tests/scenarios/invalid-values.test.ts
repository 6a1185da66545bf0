import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { refusal, runPreview, runSync, type Setup } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { idOf, people, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';

const entry = (to: string, more: object = {}) => ({ to, from: to, ...more });
const dropping = (...names: readonly string[]) => names.map((name) => entry(name, { on_invalid: 'drop' }));

const contact = (email: string, more: object = {}) => ({ email, first_name: 'Ada', last_name: 'Reyes', ...more });

describe('a value that does not fit', () => {
  test('rejects the row where nothing else is said', async () => {
    const apollo = await startApollo();
    const stream = { mapping: [entry('email'), entry('mobile_phone')] };
    const { summary } = await runSync({ apollo, stream, rows: [contact('a@a.example', { mobile_phone: 'none' })] });
    expect(summary.streams[0]).toMatchObject({ rejected: 1, reject_codes: { invalid_phone: 1 }, dropped_values: 0 });
  });

  test('is left out where its entry says drop, and counted by code and field', async () => {
    const apollo = await startApollo();
    const stream = {
      mapping: [entry('email'), entry('title'), ...dropping('mobile_phone', 'linkedin_url', 'contact_stage_id')],
    };
    const rows = [
      contact('a@a.example', {
        title: 'CTO',
        mobile_phone: 'none',
        linkedin_url: 'none',
        contact_stage_id: 'Customer',
      }),
      contact('b@b.example', {
        title: 'CEO',
        mobile_phone: '+1 555 555 0133',
        linkedin_url: 'n/a',
        contact_stage_id: 'Nope',
      }),
      contact('c@c.example', { title: 'CFO', mobile_phone: null, linkedin_url: null, contact_stage_id: null }),
    ];
    const { summary, rejects } = await runSync({ apollo, stream, rows });
    expect(summary.streams[0]).toMatchObject({
      read: 3,
      created: 3,
      dropped_values: 4,
      dropped_codes: {
        invalid_phone: { mobile_phone: 1 },
        invalid_url: { linkedin_url: 2 },
        unknown_option: { contact_stage_id: 1 },
      },
    });
    expect(rejects).toEqual([]);
    expect(shown(apollo, 'contacts', ['email', 'title', 'phones', 'stage'])).toEqual([
      { email: 'a@a.example', title: 'CTO', phones: {}, stage: 'Customer' },
      { email: 'b@b.example', title: 'CEO', phones: { mobile: '+1 555 555 0133' }, stage: 'New' },
      { email: 'c@c.example', title: 'CFO', phones: {}, stage: 'New' },
    ]);
  });

  test('never clears its field, even where nulls do', async () => {
    const apollo = await startApollo();
    const stream = {
      nulls: 'clear',
      on_invalid: 'drop',
      mapping: ['email', 'title', 'mobile_phone'].map((to) => entry(to)),
    };
    const row = { email: 'a@a.example', title: 'CTO', mobile_phone: '+15555550133' };
    await runSync({ apollo, stream, rows: [row] });
    const { summary } = await runSync({ apollo, stream, rows: [{ ...row, title: null, mobile_phone: '-' }] });
    expect(summary.streams[0]).toMatchObject({ updated: 1, dropped_codes: { invalid_phone: { mobile_phone: 1 } } });
    expect(shown(apollo, 'contacts', ['title', 'phones'])).toEqual([
      { title: null, phones: { mobile: '+15555550133' } },
    ]);
  });

  test('says so in a preview, whatever becomes of its row', async () => {
    const apollo = await startApollo();
    const rows = people(3, (i) => ({ mobile_phone: i === 0 ? '+1 555 555 0133' : 'none' }));
    const { streams } = await runPreview({ apollo, rows, stream: { on_invalid: 'drop' } });
    expect(streams[0]).toMatchObject({
      to_send: 3,
      rejected: 0,
      dropped_values: 2,
      dropped_codes: { invalid_phone: { mobile_phone: 2 } },
    });
  });

  test('drops a list whole: a part of it would be another list', async () => {
    const apollo = await startApollo();
    const stream = { mapping: [entry('email'), ...dropping('contact_emails')] };
    const rows = [contact('a@a.example', { contact_emails: 'b@b.example; none' })];
    const { summary } = await runSync({ apollo, stream, rows });
    expect(summary.streams[0]).toMatchObject({ created: 1, dropped_codes: { invalid_email: { contact_emails: 1 } } });
    expect(shown(apollo, 'contacts', ['emails'])).toEqual([{ emails: [] }]);
  });

  test('is not counted of a row that is refused for another one, nor of one that a later row supersedes', async () => {
    const apollo = await startApollo();
    const stream = { on_invalid: 'drop', mapping: [entry('email'), entry('mobile_phone')] };
    const rows = ['none', 'a@a.example', 'a@a.example'].map((email) => contact(email, { mobile_phone: '-' }));
    const { summary } = await runSync({ apollo, stream, rows });
    expect(summary.streams[0]).toMatchObject({ rejected: 1, superseded: 1, created: 1, dropped_values: 1 });
  });

  test('costs no call while it stays, and is sent once it is put right', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    const mapping = [entry('email'), entry('title'), ...dropping('mobile_phone')];
    const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', mapping } });
    const row = (mobile_phone: string, title = 'CTO') => [{ id: 1, email: 'a@a.example', title, mobile_phone }];
    const first = await runs.sync(row('none'));
    const same = await runs.sync(row('none'));
    const otherwise = await runs.sync(row('unknown'));
    const changed = await runs.sync(row('unknown', 'CEO'));
    const right = await runs.sync(row('+1 555 555 0133', 'CEO'));
    const wrong = await runs.sync(row('none', 'CEO'));
    const back = await runs.sync(row('+1 555 555 0133', 'CEO'));
    expect([first, same, otherwise, changed, right, wrong, back].map(({ counts, calls }) => [counts, calls])).toEqual([
      [{ created: 1 }, { [create]: 1 }],
      [{ unchanged: 1 }, {}],
      [{ unchanged: 1 }, {}],
      [{ updated: 1 }, { [patch]: 1 }],
      [{ updated: 1 }, { [patch]: 1 }],
      [{ unchanged: 1 }, {}],
      [{ unchanged: 1 }, {}],
    ]);
    expect(shown(apollo, 'contacts', ['title', 'phones'])).toEqual([
      { title: 'CEO', phones: { mobile: '+1 555 555 0133' } },
    ]);
  });

  test('is dropped in mode update too, the address included, since the id names the record', async () => {
    const id = idOf(1);
    const apollo = await startApollo({ data: { contacts: [{ id, email: 'a@a.example', title: 'CTO' }] } });
    const stream = { mode: 'update', apollo_id: 'id', mapping: [entry('title'), ...dropping('email')] };
    const rows = [{ id, email: 'none', title: 'CEO' }];
    const { summary } = await runSync({ apollo, stream, rows });
    expect(summary.streams[0]).toMatchObject({ updated: 1, dropped_codes: { invalid_email: { email: 1 } } });
    expect(shown(apollo, 'contacts', ['email', 'title'])).toEqual([{ email: 'a@a.example', title: 'CEO' }]);
  });
});

describe('a value that names the record', () => {
  const refusals: readonly [string, Setup['stream'], RegExp][] = [
    ['the match field', { mapping: dropping('email') }, /mapping\[0\]\.on_invalid: "email" tells records apart/],
    [
      'an id of a CRM',
      { mapping: [entry('email'), ...dropping('hubspot_id')] },
      /mapping\[1\]\.on_invalid: "hubspot_id"/,
    ],
    [
      'a name, where nothing else names the record',
      { mapping: [entry('first_name'), entry('last_name'), ...dropping('organization_name')] },
      /mapping\[2\]\.on_invalid: "organization_name"/,
    ],
    [
      'the domain',
      { object: 'accounts', mapping: [entry('name'), ...dropping('domain')] },
      /"domain" tells records apart/,
    ],
  ];
  test.each(refusals)('is never dropped: %s', async (_, stream, message) => {
    const apollo = await startApollo();
    const row = { email: 'a@a.example', first_name: 'A', last_name: 'B', organization_name: 'C', hubspot_id: '1' };
    const rows = [{ ...row, domain: 'a.example', name: 'A' }];
    const { exit, message: said } = await refusal({ apollo, rows, ...(stream && { stream }) });
    expect([exit, said]).toEqual([2, expect.stringMatching(message)]);
  });

  test('rejects its row where the stream says drop', async () => {
    const apollo = await startApollo();
    const rows = [contact('none'), contact('a@a.example')];
    const { summary } = await runSync({ apollo, rows, stream: { on_invalid: 'drop' } });
    expect(summary.streams[0]).toMatchObject({ created: 1, rejected: 1, reject_codes: { invalid_email: 1 } });
  });

  test('rejects its row where it would have named it in the end', async () => {
    const apollo = await startApollo();
    const rows = [
      { email: null, first_name: 'A', last_name: 'B\u0001', organization_name: 'C' },
      { email: 'a@a.example', first_name: 'A', last_name: 'B\u0001', organization_name: 'C' },
    ];
    const { summary } = await runSync({ apollo, rows, stream: { on_invalid: 'drop' } });
    expect(summary.streams[0]).toMatchObject({
      created: 1,
      reject_codes: { invalid_value: 1 },
      dropped_codes: { invalid_value: { last_name: 1 } },
    });
  });

  test('a constant that does not fit is a problem of the configuration', async () => {
    const apollo = await startApollo();
    const mapping = [entry('email'), { to: 'mobile_phone', constant: 'none', on_invalid: 'drop' }];
    const { exit, message } = await refusal({ apollo, rows: [contact('a@a.example')], stream: { mapping } });
    expect([exit, message]).toEqual([2, expect.stringContaining('mapping[1].constant: mobile_phone: expected')]);
  });
});

describe('a required field', () => {
  test('rejects rows without a value for it, by whatever else they are named', async () => {
    const apollo = await startApollo();
    const mapping = [
      entry('email', { required: true }),
      entry('first_name'),
      entry('last_name'),
      entry('organization_name'),
    ];
    const named = { first_name: 'A', last_name: 'B', organization_name: 'C' };
    const rows = [
      { ...named, email: null },
      { ...named, email: '  ' },
      { ...named, email: 'none' },
      { ...named, email: 'a@a.example' },
    ];
    const { summary, rejects } = await runSync({ apollo, rows, stream: { mapping } });
    expect(summary.streams[0]).toMatchObject({
      created: 1,
      superseded: 0,
      reject_codes: { missing_required_field: 2, invalid_email: 1 },
    });
    expect(rejects[0]).toMatchObject({
      code: 'missing_required_field',
      field: 'email',
      message: 'email is required by the mapping, and column "email" has no value for it; received nothing.',
    });
  });

  test('is never dropped, and an empty list is no value', async () => {
    const apollo = await startApollo();
    const stream = {
      on_invalid: 'drop',
      mapping: [entry('email'), entry('lists', { required: true }), entry('mobile_phone', { required: true })],
    };
    const rows = [
      { email: 'a@a.example', lists: ' ; ', mobile_phone: '+1 555 555 0133' },
      { email: 'b@b.example', lists: 'L', mobile_phone: 'none' },
      { email: 'c@c.example', lists: 'L', mobile_phone: '+1 555 555 0133' },
    ];
    const { summary } = await runSync({ apollo, rows, stream });
    expect(summary.streams[0]).toMatchObject({
      created: 1,
      reject_codes: { missing_required_field: 1, invalid_phone: 1 },
      dropped_values: 0,
    });
  });

  test('is sent again once it has a value', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    const runs = new Runs(apollo, {
      clock,
      stream: { primary_key: 'id', mapping: [entry('email'), entry('title', { required: true })] },
    });
    const row = (title: string | null) => [{ id: 1, email: 'a@a.example', title }];
    const counts = [];
    for (const title of [null, null, 'CTO', null]) counts.push((await runs.sync(row(title))).counts);
    expect(counts).toEqual([{ rejected: 1 }, { rejected: 1 }, { created: 1 }, { rejected: 1 }]);
  });
});
