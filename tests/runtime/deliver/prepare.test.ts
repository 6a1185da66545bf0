import { describe, expect, test } from 'vitest';
import { MemoryStateStore } from '../../../library/testing/memory-state-store.ts';
import { type Item, isSettled, type SourceRow } from '../../../runtime/contract/record.ts';
import { type Known, noStateStore, type StateStore } from '../../../runtime/contract/state-store.ts';
import type { Writer } from '../../../runtime/contract/writer.ts';
import { fingerprintOf } from '../../../runtime/deliver/fingerprint.ts';
import { lookedInto } from '../../../runtime/deliver/looked-into.ts';
import { prepare } from '../../../runtime/deliver/prepare.ts';
import { stoppingAt } from '../../../runtime/deliver/stopping-at.ts';

/** Rows are a key and a value; a record is the value. */
const writer: Writer<string> = {
  columns: ['key', 'value'],
  key: { columns: ['key'], matchKeyOf: ({ key }) => String(key) },
  version: 'v1',
  map: ({ key, value }) => ({
    ok: true,
    primaryKey: String(key),
    matchKey: String(key),
    record: String(value),
    content: value,
  }),
  steps: [],
};

const rowOf = (position: number, known?: Known | null): SourceRow => ({
  position,
  row: { key: `k${position}`, value: 'new' },
  ...(known !== undefined && { known }),
});

async function prepared(rows: readonly SourceRow[], more: Partial<Parameters<typeof prepare<string>>[2]> = {}) {
  const store = new MemoryStateStore();
  const chunks = (async function* () {
    yield rows;
  })();
  const parts: (readonly Item<string>[])[] = [];
  for await (const part of prepare(chunks, writer, { store, run: new AbortController(), ...more })) parts.push(part);
  return { store, parts, items: parts.flat() };
}

const statusOf = (item: Item<string>) => (isSettled(item) ? item.outcome.status : `to send as ${item.id}`);

describe('a row of which the state store knows something', () => {
  test.each<[string, Known, string]>([
    ['another fingerprint', { fingerprint: 'old', id: 'a', version: 'v1', outcome: 'created' }, 'to send as a'],
    ['only an id', { id: 'a' }, 'to send as a'],
    ['an outcome that was deferred', { id: 'a', version: 'v1', outcome: 'deferred' }, 'to send as a'],
  ])('by %s is sent', async (_, known, expected) => {
    expect((await prepared([rowOf(0, known)])).items.map(statusOf)).toEqual([expected]);
  });

  test.each<[Partial<Known>, string]>([
    [{ outcome: 'created' }, 'unchanged'],
    [{ outcome: 'skipped' }, 'skipped'],
    [{ outcome: 'rejected', rejection: { code: 'c', message: 'm' } }, 'rejected'],
    [{ outcome: 'superseded' }, 'to send as a'],
    [{ outcome: 'created', version: 'v0' }, 'to send as a'],
    [{ outcome: 'rejected', version: 'v0', rejection: { code: 'c', message: 'm' } }, 'to send as a'],
  ])('and whose fingerprint is the same, with %j, is %s', async (more, expected) => {
    const [first] = (await prepared([rowOf(0)])).items;
    const same = first !== undefined && !isSettled(first) ? first.fingerprint : '';
    const known: Known = { fingerprint: same, id: 'a', version: 'v1', ...more };
    expect((await prepared([rowOf(0, known)])).items.map(statusOf)).toEqual([expected]);
  });
});

test('changes of known records are noted many at once, before any of them goes on', async () => {
  const rows = Array.from({ length: 600 }, (_, i) => rowOf(i, i % 2 === 0 ? { id: `id${i}` } : null));
  const { store, parts } = await prepared(rows);
  expect([store.calls, store.announced.size, parts.map(({ length }) => length)]).toEqual([3, 300, [256, 256, 88]]);
});

test('no more records go on than the run may send; the others are deferred', async () => {
  const { items } = await prepared([rowOf(0, null), rowOf(1, null), rowOf(2, null)], { budget: { records: 2 } });
  expect(items.map(statusOf)).toEqual(['to send as undefined', 'to send as undefined', 'deferred']);
});

test('a fingerprint is made where a state store remembers it', async () => {
  const fingerprints = async (store: StateStore) =>
    (await prepared([rowOf(0)], { store })).items.map((item) => item.fingerprint);
  expect(await fingerprints(noStateStore)).toEqual(['']);
  expect(await fingerprints(stoppingAt(noStateStore, new AbortController()))).toEqual(['']);
  expect(await fingerprints(lookedInto(noStateStore))).toEqual(['']);
  expect(await fingerprints(lookedInto(new MemoryStateStore()))).toEqual([fingerprintOf('"new"')]);
});
