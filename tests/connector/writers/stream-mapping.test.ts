import { describe, expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import type { Workspace } from '../../../connector/workspace/workspace.ts';
import { compileStream } from '../../../connector/writers/stream-mapping.ts';
import type { StreamConfig } from '../../../spec/stream.ts';
import { API_KEY, startApollo } from '../../support/emulator.ts';
import { deliverRows } from '../../support/run.ts';

/** A workspace that tells what it was asked for. */
function workspace(gaps: readonly string[] = []) {
  const asked: string[] = [];
  const tell = <T>(what: string, value: T): T => {
    asked.push(what);
    return value;
  };
  const fake = {
    customFields: async () => tell('custom fields', { value: [], gaps }),
    stages: async () => tell('stages', [{ id: 's', names: ['Won'] }]),
    users: async () => tell('users', [{ id: 'u', names: ['ann@team.example'] }]),
  } as unknown as Workspace;
  return { fake, asked };
}

const stream = (mapping: StreamConfig['mapping']) =>
  ({ mode: 'upsert', mapping, nulls: 'ignore', lists: [] }) as unknown as StreamConfig;
const map = (...names: string[]) => names.map((name) => ({ to: name, from: name }));

describe('the workspace is asked for no more than the mapping names', () => {
  test.each<[string, string[], string[]]>([
    ['nothing but fields that everybody has', ['email', 'title'], []],
    ['a stage, under any of its names', ['email', 'stage'], ['stages']],
    ['an owner', ['email', 'owner_email'], ['users']],
  ])('%s', async (_, names, wanted) => {
    const { fake, asked } = workspace();
    await compileStream(contacts, stream(map(...names)), { path: 'streams[0]', columns: names, workspace: fake });
    expect(asked).toEqual(wanted);
  });

  test('columns count as names where there is no mapping', async () => {
    const { fake, asked } = workspace();
    const columns = ['email', 'Owner', 'unrelated'];
    const { mapping } = await compileStream(contacts, stream([]), { path: 'streams[0]', columns, workspace: fake });
    expect(asked).toEqual(['users']);
    expect(mapping.fields.map(({ name }) => name)).toEqual(['email', 'owner_id']);
  });

  test('a check without columns and without a mapping takes the match field for granted', async () => {
    const { fake } = workspace();
    const options = { path: 'streams[0]', columns: undefined, workspace: fake };
    const { mapping } = await compileStream(contacts, stream([]), options);
    expect(mapping.fields.map(({ name }) => name)).toEqual(['email']);
  });
});

test('a key that may list custom fields in one place only gets by with a warning', async () => {
  const scopes = ['api/v1/fields/index', 'api/v1/contacts/bulk_create'];
  const apollo = await startApollo({ keys: [{ key: API_KEY, scopes }] });
  const mapping = [...map('email'), { to: 'custom:External ID', from: 'x' }];
  const rows = [{ email: 'a@b.example', x: 'y' }];
  const { warnings, outcomes } = await deliverRows({ apollo, rows, stream: { mapping } });
  expect(outcomes).toEqual(['created']);
  expect(warnings).toEqual([
    expect.stringMatching(/^Apollo does not let these credentials call GET typed_custom_fields\./),
  ]);
});
