import fc from 'fast-check';
import { expect } from 'vitest';
import { comparableName } from '../../catalog/normalise.ts';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import { startEmulator } from '../../emulator/server/server.ts';
import { idOf, mapped as map, shown } from '../scenarios/scenario.ts';
import { deliverRows } from '../support/run.ts';
import { sweep } from '../support/runs.ts';

const keys = ['title', 'first_name', 'organization_name', 'mobile_phone', 'contact_stage_id', 'owner_id'];
const actions = ['bulk_create', 'bulk_update', 'update', 'update_stages', 'update_owners'];

const row = fc.record({
  isThere: fc.boolean(),
  title: fc.constantFrom('chief buyer', 'head  of sales', 'Porter'),
  first_name: fc.constantFrom('ANN', 'Bo'),
  organization_name: fc.constantFrom('Acme', 'bolt works'),
  mobile_phone: fc.constantFrom('+12025550101', '(202) 555-0102'),
  stage: fc.constantFrom('Approaching', 'Replied'),
  owner: fc.constantFrom('ada.reyes@emulator.example', 'bruno.lindqvist@emulator.example'),
});

const quirks = fc.record({
  untaken: fc.uniqueArray(
    fc.tuple(fc.constantFrom(...actions), fc.constantFrom(...keys)).map(([action, key]) => `contacts/${action} ${key}`),
    { maxLength: 4 },
  ),
  staleAnswers: fc.subarray(['contacts/update', 'contacts/bulk_update']).filter(({ length }) => length < 2),
  textSpelling: fc.constantFrom<Quirks['textSpelling']>('sent', 'spaces', 'title-case'),
  listChanges: fc.constantFrom<Quirks['listChanges']>('done', 'done', 'no-labels', 'other-message'),
  slimExisting: fc.constantFrom<Quirks['slimExisting']>('full', 'schema'),
});

sweep(
  'whatever Apollo leaves out or shows, a row that counts as written is written; any other one is rejected by a field',
  { few: 10, some: 30, many: 1_000 },
  async (numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 4 }),
        quirks,
        fc.constantFrom('individual', 'bulk'),
        async (drawn, drawnQuirks, updates) => {
          const rows = drawn.map(({ isThere: _, ...rest }, i) => ({ email: `p${i}@c${i}.example`, ...rest }));
          const old = { title: 'Clerk', first_name: 'Zoe', organization_name: 'Zeta', mobile_phone: '+12025550199' };
          const contacts = rows
            .map(({ email }, i) => ({ id: idOf(i + 1), email, ...old }))
            .filter((__, i) => drawn[i]!.isThere);
          const apollo = await startEmulator({ plan: 'unlimited', data: { contacts }, quirks: drawnQuirks });
          try {
            const mapping = map('title', 'first_name', 'organization_name', 'mobile_phone', 'stage', 'owner');
            const { settled } = await deliverRows({ apollo, rows, stream: { mapping, updates, lists: ['VIP'] } });
            const held = shown(apollo, 'contacts', [
              'email',
              'title',
              'first_name',
              'organization_name',
              'phones',
              'stage',
              'owner',
              'lists',
            ]);
            for (const [i, outcome] of settled.entries()) {
              if (outcome?.status === 'rejected') {
                expect(outcome.rejection).toMatchObject({ code: 'apollo_rejected', field: expect.any(String) });
                continue;
              }
              const { email, mobile_phone, ...wanted } = rows[i]!;
              const { phones, email: _, ...record } = held.find((one) => one['email'] === email)!;
              const plain = (one: object) =>
                Object.fromEntries(Object.entries(one).map(([key, value]) => [key, comparableName(String(value))]));
              expect([outcome?.status, plain(record), phones]).toEqual([
                drawn[i]!.isThere ? 'updated' : 'created',
                plain({ ...wanted, lists: ['VIP'] }),
                { mobile: mobile_phone },
              ]);
            }
          } finally {
            await apollo.close();
          }
        },
      ),
      { numRuns },
    );
  },
);
