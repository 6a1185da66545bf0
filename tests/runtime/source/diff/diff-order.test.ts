import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { literal } from '../../../../runtime/duckdb/sql.ts';
import { bindRelation } from '../../../../runtime/source/relation.ts';
import type { Source } from '../../../../runtime/source/source.ts';
import { stageRelation } from '../../../../runtime/source/staged/stage.ts';
import { stagedRows } from '../../../../runtime/source/staged/staged-rows.ts';
import { sweep } from '../../../support/runs.ts';
import { look, openState, remember } from '../../state/support.ts';
import { opened, temporaryFolder } from '../support.ts';

interface Person {
  readonly id: string | null;
  readonly email: string | null;
  readonly title: string;
}

const valueSql = (value: string | null): string => (value === null ? 'null' : literal(value));

const people = fc.array(
  fc.record<Person>({
    id: fc.constantFrom('1', '2', '3', '4', '5', '6', null),
    email: fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', null),
    title: fc.constantFrom('CEO', 'CTO'),
  }),
  { minLength: 1, maxLength: 9 },
);

/** A source whose rows come in no order, as those of another database do; they are sorted on arrival, or as late as can be. */
const loose = (source: Source, isCompared: boolean): Source => ({
  work: source.work,
  columns: (relation) => source.columns(relation),
  identity: (relation) => source.identity(relation),
  close: () => source.close(),
  async *rows(relation, key, signal, comparison) {
    const connection = await source.work.connect();
    const bound = await bindRelation(connection, relation);
    const order = 'c0, hash(c0, c1, c2)';
    const staging = { path: '', signal, order, cancel: async () => {} };
    const stage = await stageRelation(source.work, connection, bound, {
      ...staging,
      isCompared: isCompared && comparison?.isEmpty === false,
    });
    yield* stagedRows({ work: source.work, connection, signal }, stage, key, comparison);
    source.work.release(connection);
  },
});

/** What is seen on each day, in a store of its own. */
async function seen(days: readonly (readonly Person[])[], isCompared: boolean) {
  const path = join(await temporaryFolder(), 'state.duckdb');
  const looks: unknown[] = [];
  for (const rows of days) {
    const source = loose(await opened({ type: 'duckdb' }), isCompared);
    const state = await openState(source, path);
    const values = rows.map(({ id, email, title }) => `(${[id, email, title].map(valueSql).join(', ')})`).join(', ');
    const query = `select id::varchar as id, email::varchar as email, title from (values ${values}) as v(id, email, title)`;
    const found = await look(source, state, { relation: { query } });
    looks.push({
      ...found,
      rows: found.rows.map(({ known, ...row }) => ({ ...row, isKnown: known !== null })),
    });
    await remember(
      state,
      found.rows.filter(({ row }) => row['id'] !== null),
    );
    await state.close();
    await source.close();
  }
  return looks;
}

sweep(
  'rows that are ordered only where something differs are those that were ordered on arrival',
  { few: 1, some: 4, many: 80 },
  (numRuns) =>
    fc.assert(
      fc.asyncProperty(people, people, fc.boolean(), async (first, second, isSame) => {
        // The same rows in another order are no change.
        const days = [first, isSame ? [...first].reverse() : second];
        expect(await seen(days, true)).toEqual(await seen(days, false));
      }),
      { numRuns },
    ),
);
