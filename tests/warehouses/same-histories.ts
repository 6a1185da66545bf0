import fc from 'fast-check';
import { expect } from 'vitest';
import { type History, historyOf } from '../properties/history.ts';
import type { Kept } from '../properties/history-kept.ts';
import { type AtApollo, type Playing, play } from '../properties/history-play.ts';
import type { ObjectName } from '../support/shown-records.ts';
import { type Kind, kinds, moving, staying, tidied } from './kinds-of-store.ts';

/** A history that is played over all kinds of store. */
export interface Tale {
  readonly history: History;
  /** Each row is committed alone, or all are together. */
  readonly commitRows: number;
  readonly lake: 'lake' | 'lake of PostgreSQL';
  /** Its data goes into files after the first run. */
  readonly isTidied: boolean;
  /** It is played once more, over a store that moves from kind to kind. */
  readonly moves: boolean;
}

/** Any history of one object. */
export const tales = (object: ObjectName): fc.Arbitrary<Tale> =>
  fc.record({
    history: historyOf(object, true).map(steady),
    commitRows: fc.constantFrom(1, 2_000),
    lake: fc.constantFrom('lake', 'lake of PostgreSQL'),
    isTidied: fc.constantFrom(false, false, true),
    moves: fc.constantFrom(...Array(7).fill(false), true),
  });

/**
 * In which order requests are made at once depends on how fast a store is; so does where one that is sent its rows is stopped. A pause that
 * Apollo asks for goes on by the clock of the server, where runs share it: `windows.warehouse.ts` has that.
 */
const steady = (history: History): History => ({
  ...history,
  concurrency: 1,
  slow: undefined,
  days: history.days.map((day) => ({
    ...day,
    killedAt: history.by === 'write' ? undefined : day.killedAt,
    trouble: day.trouble.filter(({ fault }) => !('retryAfterSeconds' in fault)),
  })),
});

// Which commits a run that is killed has made must not depend on how fast its store is.
const NEVER = 2 ** 31 - 1;

/** Plays a history over each kind of store, and expects the same of all. */
export async function playOverAll({ history, commitRows, lake, isTidied, moves }: Tale): Promise<void> {
  const commits = { maxRows: commitRows, maxAgeMs: NEVER };
  const over = (nextStore: Playing['nextStore']) => traced(history, { nextStore, commits });
  const file = await over(staying(kinds.file));
  expect(await over(staying(kinds.postgres))).toEqual(file);
  expect(await over((isTidied ? tidied : staying)(kinds[lake]))).toEqual(file);
  const ways: readonly Kind[] = [kinds.file, kinds.postgres, kinds[lake]];
  if (moves) expect(await over(moving(ways))).toEqual(file);
}

/**
 * What each run of a history has said, asked and kept, and what Apollo held after it. Which of two steps that go side by side has sent the
 * last request of a run that is killed differs, and with it what Apollo holds: of one that does not come to its end only what it has kept counts.
 */
async function traced(history: History, playing: Pick<Playing, 'nextStore' | 'commits'>): Promise<readonly unknown[]> {
  const trace: unknown[] = [];
  await play(history, {
    ...playing,
    told: (name, { told, second, kept, calls, ...said }, { requests, records }) => {
      const held = { calls, asked: askedBy(requests), records: records.map(toTheMinute) };
      trace.push({ name, ...said, kept: lasting(kept!), ...(said.isWhole ? held : {}) });
    },
  });
  return trace;
}

/** The requests of each action, whichever came first: steps go side by side. */
function askedBy(requests: AtApollo['requests']): Readonly<Record<string, readonly string[]>> {
  const asked: Record<string, string[]> = {};
  for (const { method, action, path, status, body } of requests) {
    asked[`${method} ${action}`] ??= [];
    asked[`${method} ${action}`]!.push(JSON.stringify([path, status, inAnyOrder(body)]));
  }
  for (const each of Object.values(asked)) each.sort();
  return asked;
}

/** The body of a request; the records of a change of lists are a set, which has them as their own requests were answered. */
const inAnyOrder = (body: unknown): unknown => {
  const { entity_ids: ids, ...rest } = (body ?? {}) as { readonly entity_ids?: readonly string[] };
  return ids === undefined ? body : { ...rest, entity_ids: ids.toSorted() };
};

/**
 * What is kept, without the order in which it was written, and what names the store or the folder of the source; and without what Apollo
 * showed of a record that two rows want: the step of the one may have changed it by then, or not.
 */
const lasting = (kept: Kept) =>
  Object.fromEntries(
    Object.entries(kept).map(([table, rows]) => [
      table,
      rows
        .map(({ place, seq, summary, source, evidence, ...row }) => withoutPort(withoutSeconds(JSON.stringify(row))))
        .sort(),
    ]),
  );

/** A request comes before or after another one has waited to be sent again. */
const toTheMinute = (record: AtApollo['records'][number]) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      name.endsWith('AtMs') ? Math.floor(Number(value) / 60_000) : value,
    ]),
  );

/** As much, of what the state store says. */
const withoutSeconds = (text: string): string => text.replaceAll(/(\d{4}-\d\d-\d\d \d\d:\d\d):\d\d(\.\d+)?/g, '$1');

/** Each kind has an Apollo of its own, whose address is in what is said of a lost connection. */
const withoutPort = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1');
