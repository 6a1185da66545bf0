import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fewestCalls, type Wanted } from '../../../../bench/fewest-calls.ts';
import { contacts } from '../../../../catalog/contact.ts';
import type { Field, Values } from '../../../../catalog/object.ts';
import type { ApolloRecord } from '../../../../connector/record/apollo-record.ts';
import type { Target } from '../../../../connector/record/target.ts';
import { create } from '../../../../connector/steps/create.ts';
import { worthPooling } from '../../../../connector/steps/creating/pool.ts';
import type { PreparedRecord } from '../../../../runtime/contract/record.ts';
import { batch } from '../../../../runtime/deliver/batch.ts';
import { runs, slow } from '../../../support/runs.ts';

type PartFilled = Parameters<typeof worthPooling>[0][number];

const capacity = 10;
const capacityAfter = 8;

const part = fc.record({
  size: fc.integer({ min: 1, max: capacity - 1 }),
  pool: fc.constantFrom('a', 'a', 'b'),
  isPooled: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  conflicts: fc.constant<string[]>([]),
});

/** Requests of any choice, counted without any insight. */
function cost(parts: readonly PartFilled[], chosen: readonly number[]): number {
  const isIn = (one: PartFilled, place: number) => one.isPooled || chosen.includes(place);
  const size = (members: readonly PartFilled[]) => members.reduce((sum, one) => sum + one.size, 0);
  const pools = ['a', 'b'].map((pool) => size(parts.filter((one, place) => one.pool === pool && isIn(one, place))));
  const later = size(chosen.map((place) => parts[place]!));
  return (
    parts.filter((one, place) => !isIn(one, place)).length +
    pools.reduce((sum, records) => sum + Math.ceil(records / capacity), 0) +
    Math.ceil(later / capacityAfter)
  );
}

const subsets = ([place, ...others]: readonly number[]): readonly (readonly number[])[] =>
  place === undefined ? [[]] : subsets(others).flatMap((one) => [one, [place, ...one]]);

test('what is pooled makes for the fewest requests of all choices', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
      const candidates = [...parts.keys()].filter((place) => !parts[place]!.isPooled);
      const fewest = Math.min(...subsets(candidates).map((chosen) => cost(parts, chosen)));
      expect(cost(parts, worthPooling(parts, capacity, capacityAfter))).toBe(fewest);
    }),
    { numRuns: runs(200) },
  );
});

test('those who cannot share a request are not pooled to fill one', () => {
  const alike = { size: 1, pool: 'a', isPooled: false, conflicts: ['name:john doe'] };
  expect(worthPooling([alike, alike, alike], 100, 100)).toEqual([]);
  const others = ['x', 'y', 'z'].map((name) => ({ ...alike, conflicts: [name] }));
  expect(worthPooling([alike, alike, ...others], 100, 100)).toEqual([0, 2, 3, 4]);
});

const owners = Array.from({ length: 12 }, (_, i) => `b0${String(i).padStart(22, '0')}`);
const target = {
  object: contacts,
  fields: new Map<string, Field>(contacts.fields.map((field) => [field.name, field])),
  existing: 'update',
} as unknown as Target;

const prepared = (position: number, values: Values, identity: readonly string[]): PreparedRecord<ApolloRecord> =>
  ({
    position,
    id: undefined,
    bytes: 100,
    weight: 1,
    record: { values, matchKey: `email:${position}`, identity, pending: Object.keys(values), progress: 'mapped' },
  }) as unknown as PreparedRecord<ApolloRecord>;

async function requestsOf(records: readonly PreparedRecord<ApolloRecord>[], existing: Target['existing'] = 'update') {
  async function* chunks() {
    for (let from = 0; from < records.length; from += 250) yield records.slice(from, from + 250);
  }
  const sent: (readonly PreparedRecord<ApolloRecord>[])[] = [];
  for await (const part of batch(chunks(), create({ ...target, existing }))) if ('send' in part) sent.push(part.send);
  return sent;
}

/** Shares of owners, none for the last, in a mixed order; some of the records on a list of their own. */
const crowd = fc
  .record({
    shares: fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 1, maxLength: owners.length + 1 }),
    lists: fc.integer({ min: 1, max: 3 }),
    step: fc.constantFrom(7919, 6007, 1),
  })
  .map(({ shares, lists, step }) => {
    const all = shares.flatMap((share, i) => Array<string | undefined>(share).fill(owners[i]));
    return Array.from({ length: all.length }, (_, i) => ({
      owner: all[(i * step) % all.length],
      list: ['North', 'South', 'East'][i % lists]!,
    }));
  });

test('requests for owners and lists are never fuller or more mixed than allowed, and never more than the bound', async () => {
  await fc.assert(
    fc.asyncProperty(crowd, async (people) => {
      const records = people.map(({ owner, list }, i) =>
        prepared(i, { email: `${i}@x.example`, lists: [list], ...(owner !== undefined && { owner_id: owner }) }, [
          `email:${i}`,
        ]),
      );
      const sent = await requestsOf(records);
      expect(
        sent
          .flat()
          .map(({ position }) => position)
          .sort((a, b) => a - b),
      ).toEqual(records.map(({ position }) => position));
      for (const one of sent) {
        expect(one.length).toBeLessThanOrEqual(100);
        const ownersSent = one.map(({ record }) => (record.isPooled ? undefined : record.values['owner_id']));
        expect(new Set(ownersSent).size).toBe(1);
        expect(new Set(one.map(({ record }) => record.values['lists']?.toString())).size).toBe(1);
      }
      const later = sent.flat().filter(({ record }) => record.isPooled && record.values['owner_id'] !== undefined);
      const wanted = people.map(
        ({ owner, list }): Wanted => ({
          record: 'new',
          fields: ['email'],
          lists: [list],
          ...(owner !== undefined && { owner }),
        }),
      );
      expect(sent.length + Math.ceil(later.length / 100)).toBe(fewestCalls(wanted).total);
    }),
    { numRuns: 60 },
  );
});

test('people who could be taken for one another never share a request, pooled or not', async () => {
  const names = fc.array(fc.tuple(fc.nat(5), fc.constantFrom(...owners.slice(0, 6))), { minLength: 1, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(names, async (people) => {
      const records = people.map(([name, owner], i) =>
        prepared(i, { email: `${i}@x.example`, owner_id: owner }, [`email:${i}`, `name:${name}`]),
      );
      const sent = await requestsOf(records);
      for (const one of sent) {
        const keys = one.flatMap(({ record }) => record.identity);
        expect(new Set(keys).size).toBe(keys.length);
      }
      // Pooling is never dearer than none.
      const later = Math.ceil(sent.flat().filter(({ record }) => record.isPooled).length / 100);
      expect(sent.length + later).toBeLessThanOrEqual((await requestsOf(records, 'keep')).length);
    }),
    { numRuns: 60 },
  );
});

test(
  'three thousand owners of ten contacts each neither make three thousand requests nor are all kept in memory',
  slow,
  async () => {
    const records = Array.from({ length: 30_000 }, (_, i) =>
      prepared(i, { email: `${i}@x.example`, owner_id: `c0${String(i % 3000).padStart(22, '0')}` }, []),
    );
    const sent = await requestsOf(records);
    expect(sent.length).toBe(300);
    // Requests go out before the last record is read.
    expect(Math.max(...sent[0]!.map(({ position }) => position))).toBeLessThan(21_000);
  },
);
