import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pair } from '../../../connector/record/pairing.ts';
import { runs } from '../../support/runs.ts';

type Sent = Parameters<typeof pair>[0][number];
type Returned<S> = Parameters<typeof pair<S>>[1][number];

interface Slim {
  readonly id: string;
}

const sent = (position: number, email: string, name = email): Sent => ({
  position,
  matchKey: `email:${email}`,
  identity: [`email:${email}`, `name:${name}`],
});
const returned = (id: string, email: string, name = email): Returned<Slim> => ({
  slim: { id },
  matchKeys: [`email:${email}`],
  identity: () => [`email:${email}`, `name:${name}`],
});

describe('pairing by identity', () => {
  test('the order of the answer says nothing', () => {
    const pairs = pair([sent(7, 'a'), sent(3, 'b')], [returned('2', 'b')], [returned('1', 'a')]);
    expect([...pairs]).toEqual([
      [3, { as: 'created', slim: { id: '2' } }],
      [7, { as: 'existing', slim: { id: '1' } }],
    ]);
  });

  test('a record of the same name under another e-mail is a name match, never the row itself', () => {
    const pairs = pair([sent(0, 'ann@a', 'ann'), sent(1, 'bob@a', 'bob')], [], [returned('9', 'other@a', 'ann')]);
    expect([...pairs]).toEqual([[0, { as: 'name-match', slim: { id: '9' } }]]);
  });

  test('an unknown record in the answer to one row was matched for that row', () => {
    const pairs = pair([sent(4, 'ann@a', 'ann')], [], [returned('9', 'other@b', 'else')]);
    expect([...pairs]).toEqual([[4, { as: 'name-match', slim: { id: '9' } }]]);
  });

  test('an unknown record in the answer to several rows answers for none of them until they are sent alone', () => {
    expect(pair([sent(0, 'a'), sent(1, 'b')], [], [returned('9', 'x', 'y')]).size).toBe(0);
  });

  test('one that could be of either of two rows answers for neither', () => {
    const both = [sent(0, 'ann@a', 'ann'), sent(1, 'ann@b', 'ann')];
    expect(pair(both, [], [returned('9', 'other@a', 'ann')]).size).toBe(0);
    expect(pair(both, [returned('8', 'other@b', 'ann')], []).size).toBe(0);
  });

  test('a created record whose e-mail Apollo dropped is found by its name', () => {
    const dropped: Returned<Slim> = { slim: { id: '5' }, matchKeys: [], identity: () => ['name:ann'] };
    const pairs = pair([sent(0, 'ann@a', 'ann'), sent(1, 'bob@a', 'bob')], [dropped], []);
    expect([...pairs]).toEqual([[0, { as: 'created', slim: { id: '5' } }]]);
  });

  test('a created record with the name of a row and another e-mail is not the row’s, and is not made once more', () => {
    const pairs = pair([sent(0, 'ann@a', 'ann'), sent(1, 'bob@a', 'bob')], [returned('5', 'other@a', 'ann')], []);
    expect([...pairs]).toEqual([[0, { as: 'created-otherwise', slim: { id: '5' } }]]);
  });

  test('a created record with another name and another e-mail is that of no row, though one row alone was sent', () => {
    expect(pair([sent(0, 'ann@a', 'ann')], [returned('5', 'other@b', 'else')], []).size).toBe(0);
    const unsaid: Returned<Slim> = { slim: { id: '5' }, matchKeys: [], identity: () => [], silentOn: 'email' };
    expect(pair([sent(0, 'ann@a', 'ann')], [unsaid], []).size).toBe(0);
  });

  test('a second record with a key that is answered is not taken for another row’s', () => {
    const pairs = pair([sent(0, 'a'), sent(1, 'b')], [returned('1', 'a')], [returned('2', 'a', 'b')]);
    expect([...pairs]).toEqual([[0, { as: 'created', slim: { id: '1' } }]]);
  });
});

/** What Apollo does with one row: creates it, has it, has a name match, or says nothing. */
const fate = fc.constantFrom('created' as const, 'existing' as const, 'name-match' as const, 'silent' as const);

test('whatever is shuffled, missing or foreign, no row gets an answer that is not its own', () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 30 }), fc.nat(3), fc.integer(), (fates, foreign, seed) => {
      const rows = fates.map((_, i) => sent(i, `e${i}`, `n${i}`));
      const order = fates.map((_, i) => i).sort((a, b) => ((a * 7919 + seed) % 101) - ((b * 7919 + seed) % 101));
      const of = (kind: string) => order.filter((i) => fates[i] === kind);
      const created = of('created').map((i) => returned(`id${i}`, `e${i}`, `n${i}`));
      const existing = [
        ...of('existing').map((i) => returned(`id${i}`, `e${i}`, `n${i}`)),
        ...of('name-match').map((i) => returned(`id${i}`, `other${i}`, `n${i}`)),
        ...Array.from({ length: foreign }, (_, i) => returned(`foreign${i}`, `f${i}`, `f${i}`)),
      ];
      const pairs = pair(rows, created, existing);
      for (const [i, kind] of fates.entries()) {
        const got = pairs.get(i);
        if (kind !== 'silent') expect(got).toEqual({ as: kind, slim: { id: `id${i}` } });
        else if (rows.length > 1) expect(got).toBeUndefined();
        else if (got) expect(got.as).toBe('name-match');
      }
    }),
    { numRuns: runs(400) },
  );
});

test('what a record can only be leaves one row for another that could be either, whichever comes first', () => {
  const sent = ['ann', 'bob'].map(
    (name, position): Sent => ({ position, matchKey: `email:${name}@b.example`, identity: [`name:${name}`] }),
  );
  const either: Returned<Slim> = { slim: { id: '1' }, matchKeys: [], identity: () => ['name:ann', 'name:bob'] };
  const ann: Returned<Slim> = { slim: { id: '2' }, matchKeys: [], identity: () => ['name:ann'] };
  for (const existing of [
    [either, ann],
    [ann, either],
  ]) {
    const pairs = pair(sent, [], existing);
    expect([pairs.get(0)?.slim.id, pairs.get(1)?.slim.id]).toEqual(['2', '1']);
  }
});

test('a record that comes back as it was spelled is paired as by its keys', () => {
  const spelling = fc.constantFrom(
    'ann@a.example',
    'Ann@A.example',
    ' ann@a.example',
    'bob@a.example',
    'BOB@a.example',
  );
  const others = fc.uniqueArray(spelling, { maxLength: 4 });
  const keyOf = (text: string): string => `email:${text.trim().toLowerCase()}`;
  const back = (texts: readonly string[], isSpelled: boolean): readonly Returned<Slim>[] =>
    texts.map((text, i) => ({
      slim: { id: `${text} ${i}` },
      matchKeys: [keyOf(text)],
      identity: () => [keyOf(text)],
      ...(isSpelled && { spelled: text }),
    }));
  fc.assert(
    fc.property(
      fc.uniqueArray(spelling, { selector: keyOf, maxLength: 3 }),
      others,
      others,
      (rows, created, existing) => {
        const [plain, spelled] = [false, true].map((isSpelled) => {
          const sents = rows.map((text, position): Sent => {
            const key = keyOf(text);
            return { position, matchKey: key, identity: [key], ...(isSpelled && { spelled: text }) };
          });
          return pair(sents, back(created, isSpelled), back(existing, isSpelled));
        });
        expect([...spelled!]).toEqual([...plain!]);
      },
    ),
    { numRuns: runs(300) },
  );
});
