import { describe, expect, test } from 'vitest';
import type { ConfiguredStream } from '../../runtime/contract/protocol.ts';
import { serveStream } from '../../spec/airbyte-stream.ts';
import { streamSchema } from '../../spec/stream.ts';

const asked = (
  name: string,
  destination_sync_mode: string,
  { columns = ['email'], namespace, ...more }: Record<string, unknown> & { columns?: readonly string[] } = {},
): ConfiguredStream => ({
  stream: {
    name,
    ...(namespace !== undefined && { namespace: namespace as string }),
    json_schema: { properties: Object.fromEntries(columns.map((column) => [column, {}])) },
  },
  destination_sync_mode: destination_sync_mode as ConfiguredStream['destination_sync_mode'],
  ...more,
});
const entry = (more: object) => streamSchema.parse({ name: 'people', object: 'contacts', ...more });
const none = { streams: [] };
const mapping = [{ to: 'email', from: 'work_email' }];

describe('an entry of streams', () => {
  test('has the word on object, mode and mapping', () => {
    const stream = entry({ mode: 'insert', mapping });
    expect(serveStream({ streams: [stream] }, asked('people', 'append_dedup', { columns: ['work_email'] }))).toEqual({
      stream,
      path: 'streams[0]',
      columns: ['work_email'],
      kinds: new Map(),
      isClosed: false,
      warnings: [],
    });
  });

  test('is found by name alone, and before that by namespace and name', () => {
    const streams = [entry({ mapping }), entry({ name: 'crm.people', object: 'accounts', mapping })];
    expect(serveStream({ streams }, asked('people', 'append', { namespace: 'other' })).path).toBe('streams[0]');
    expect(serveStream({ streams }, asked('people', 'append', { namespace: 'crm' })).path).toBe('streams[1]');
  });

  test('takes overwrite for what its mode says, with a warning: nothing is ever deleted', () => {
    const { stream, warnings } = serveStream({ streams: [entry({ mapping })] }, asked('people', 'overwrite'));
    expect([stream.mode, warnings]).toEqual([
      'upsert',
      ['stream "people": overwrite deletes nothing here; streams[0].mode upsert is what happens'],
    ]);
  });

  test('takes a sync mode that is not known for what its mode says, with a warning', () => {
    const { warnings } = serveStream({ streams: [entry({ mapping })] }, asked('people', 'overwrite_dedup'));
    expect(warnings).toEqual([
      'stream "people": the sync mode overwrite_dedup is not known here; streams[0].mode upsert is what happens',
    ]);
  });

  test('needs no columns where its mapping says them all', () => {
    expect(serveStream({ streams: [entry({ mapping })] }, asked('people', 'append', { columns: [] })).columns).toBe(
      undefined,
    );
  });

  test.each([
    ['soft_delete', {}, /Apollo has no deleted state/],
    ['update', {}, /the catalog asks for update, but streams\[0\].mode says upsert/],
    [
      'append_dedup',
      { destination_object_name: 'accounts' },
      /writes it to accounts, but streams\[0\].object says contacts/,
    ],
    ['append', { destination_object_name: 'contacts' }, /asks for append, but streams\[0\].mode says upsert/],
  ])('is refused where the catalog says otherwise: %s', (mode, more, message) => {
    const act = () => serveStream({ streams: [entry({ mapping })] }, asked('people', mode, more));
    expect(act).toThrow(message);
    expect(act).toThrow(/^stream "people": /);
  });

  test('without a mapping needs columns', () => {
    const act = () => serveStream({ streams: [entry({})] }, asked('people', 'append', { columns: [] }));
    expect(act).toThrow(
      'stream "people": its json_schema has no properties, so the mapping must be written in streams[0].',
    );
  });
});

describe('a stream without an entry', () => {
  test('called contacts or accounts is what it says, by the mode of the catalog and under its primary key', () => {
    const more = { primary_key: [['id']], columns: ['id', 'domain'] };
    const { stream, path, isClosed } = serveStream(none, asked('accounts', 'append_dedup', more));
    expect([stream.object, stream.mode, stream.primary_key, path, isClosed]).toEqual([
      'accounts',
      'upsert',
      'id',
      'stream "accounts"',
      false,
    ]);
    expect(serveStream(none, asked('contacts', 'append')).stream.mode).toBe('insert');
  });

  test('with a primary key of several columns is named by its match field', () => {
    const more = { primary_key: [['a'], ['b']], columns: ['a', 'b', 'email'] };
    expect(serveStream(none, asked('contacts', 'append_dedup', more)).stream.primary_key).toBeUndefined();
  });

  test.each([
    [
      'users',
      'append',
      {},
      /^stream "users": no entry of streams has this name, it is not called contacts or accounts/,
    ],
    ['contacts', 'overwrite', {}, /overwrite is not possible: .* nothing is ever deleted here/],
    ['contacts', 'soft_delete', {}, /soft_delete is not possible/],
    ['contacts', 'update', {}, /mode update needs the column of the Apollo record id/],
    ['contacts', 'overwrite_dedup', {}, /this mode is not known here/],
    ['contacts', 'append', { columns: [] }, /its json_schema has no properties/],
  ])('is refused where it cannot be served: %s %s', (name, mode, more, message) => {
    expect(() => serveStream(none, asked(name, mode, more))).toThrow(message);
  });
});

describe('Data Activation', () => {
  const activated = (mode: string, more: object) =>
    serveStream(none, asked('src', mode, { namespace: 'db', destination_object_name: 'contacts', ...more }));

  test.each([
    ['append', { columns: ['email'], primary_key: [] }, 'insert', undefined],
    ['append_dedup', { columns: ['email', 'title'], primary_key: [['email']] }, 'upsert', undefined],
    ['update', { columns: ['apollo_id', 'title'], primary_key: [['apollo_id']] }, 'update', 'apollo_id'],
  ])('%s maps by its own terms', (mode, more, expected, apolloId) => {
    const { stream, isClosed, columns } = activated(mode, more);
    expect([stream.name, stream.object, stream.mode, stream.apollo_id, isClosed, columns]).toEqual([
      'db.src',
      'contacts',
      expected,
      apolloId,
      true,
      more.columns,
    ]);
  });

  test.each([
    ['append_dedup', { destination_object_name: 'deals' }, /there is no object deals; expected contacts or accounts/],
    ['append_dedup', { primary_key: [] }, /the matching key of contacts for append_dedup is email; received none/],
    ['append_dedup', { primary_key: null }, /received none/],
    ['append_dedup', { primary_key: [['title']] }, /received title/],
    ['append_dedup', { primary_key: [['email'], ['title']] }, /received email \+ title/],
    ['append_dedup', { primary_key: [['email', 'x']] }, /received email\.x/],
    ['append_dedup', { primary_key: [['email']], columns: ['title'] }, /contacts needs the field email/],
    ['append', { columns: ['title'] }, /contacts needs the field email/],
    ['append', { columns: [] }, /its json_schema has no properties/],
    ['update', { primary_key: [['email']] }, /the matching key of contacts for update is apollo_id; received email/],
    ['overwrite', { primary_key: [['email']] }, /overwrite is not possible/],
    ['soft_delete', { primary_key: [['email']] }, /Apollo has no deleted state/],
  ])('%s is refused at the start, naming stream and key', (mode, more, message) => {
    expect(() => activated(mode, more)).toThrow(message);
    expect(() => activated(mode, more)).toThrow(/^stream "db\.src": /);
  });
});
