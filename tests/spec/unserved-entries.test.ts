import { expect, test } from 'vitest';
import type { ConfiguredStream } from '../../runtime/contract/protocol.ts';
import { streamSchema } from '../../spec/stream.ts';
import { unservedEntries } from '../../spec/unserved-entries.ts';

/** A stream as `namespace.name`, `>` the object that Airbyte chose for it. */
const asked = (text: string): ConfiguredStream => {
  const [path = '', object] = text.split('>');
  const [name = '', namespace] = path.split('.').toReversed();
  return {
    stream: { name, ...(namespace !== undefined && { namespace }) },
    destination_sync_mode: 'append_dedup',
    ...(object !== undefined && { destination_object_name: object }),
  };
};
const unserved = (entries: readonly string[], streams: readonly string[]) =>
  unservedEntries(
    { streams: entries.map((name) => streamSchema.parse({ name, object: 'contacts' })) },
    streams.map(asked),
  );

test.each([
  [
    ['Contacts'],
    ['contacts'],
    'streams[0].name: no stream of the catalog is called "Contacts". Did you mean "contacts"?',
  ],
  [['public.contacts'], ['PUBLIC.contacts'], 'Did you mean "PUBLIC.contacts"?'],
  [['public.contacts'], ['contacts'], 'Did you mean "contacts"?'],
  [['crm.contacts'], ['sales.contacts'], 'Did you mean "sales.contacts"?'],
  [
    ['people', 'contcats'],
    ['people', 'contacts'],
    'streams[1].name: no stream of the catalog is called "contcats". Did you mean',
  ],
  [['public.contcats'], ['public.contacts'], 'Did you mean "public.contacts"?'],
  [
    ['people', 'People'],
    ['people'],
    'streams[1].name: no stream of the catalog is called "People". Did you mean "people"?',
  ],
  [['Leads'], ['leads>contacts'], 'Did you mean "leads"?'],
  [['kunden'], ['contacts'], 'is called "kunden", and "contacts" has no entry.'],
])('an entry that was probably meant for a stream is refused: %s of %s', (entries, streams, message) => {
  expect(() => unserved(entries, streams)).toThrow(message);
});

test('an entry for a stream of another connection is a warning', () => {
  expect(unserved(['contacts', 'companies'], ['public.contacts'])).toEqual([
    'streams[1].name: no stream of the catalog is called "companies"; nothing is written by it',
  ]);
  expect(unserved(['companies'], ['people>contacts'])).toHaveLength(1);
});

test('entries that are taken are fine, by name or by namespace and name', () => {
  expect(unserved(['contacts', 'crm.people'], ['public.contacts', 'crm.people'])).toEqual([]);
});
