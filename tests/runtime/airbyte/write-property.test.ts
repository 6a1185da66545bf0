import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import type { Outcome } from '../../../runtime/contract/outcome.ts';
import { bytes, catalogOf, globalState, record, runWrite, streamState } from '../../support/airbyte.ts';
import { runs } from '../../support/runs.ts';
import { ToyDestination } from '../../support/toy-destination.ts';

const streams = ['a', 'b', 'c'] as const;
type Fate = 'fine' | 'invalid' | 'refused' | 'deferred';
type Step =
  | { readonly type: 'row'; readonly stream: string; readonly fate: Fate; readonly key: number }
  | { readonly type: 'state'; readonly scope: string | undefined; readonly legacy: boolean };

const row = (deferred: number) =>
  fc.record({
    type: fc.constant('row' as const),
    stream: fc.constantFrom(...streams),
    fate: fc.oneof(
      { weight: 20, arbitrary: fc.constant<Fate>('fine') },
      { weight: 4, arbitrary: fc.constantFrom<Fate>('invalid', 'refused') },
      { weight: deferred, arbitrary: fc.constant<Fate>('deferred') },
    ),
    key: fc.nat(12),
  });
const state = fc.record({
  type: fc.constant('state' as const),
  // `unlisted` is a stream that is not in the catalog.
  scope: fc.constantFrom<string | undefined>(...streams, ...streams, 'unlisted', undefined),
  legacy: fc.boolean(),
});
const script = (deferred: number) =>
  fc.array<Step>(fc.oneof({ weight: 3, arbitrary: row(deferred) }, { weight: 1, arbitrary: state }), {
    maxLength: 120,
    size: 'max',
  });
const scenario = fc.record({
  steps: fc.oneof(script(0), script(1)),
  maxRows: fc.integer({ min: 1, max: 40 }),
  maxRecords: fc.integer({ min: 1, max: 9 }),
  maxInFlight: fc.integer({ min: 1, max: 4 }),
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
  chunkBytes: fc.integer({ min: 1, max: 4000 }),
  stop: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({ at: fc.nat(12), how: fc.constantFrom('sigterm', 'config', 'outage', 'defect') }),
    },
  ),
  ending: fc.oneof(
    { weight: 4, arbitrary: fc.constant('whole') },
    { weight: 1, arbitrary: fc.constantFrom('cut', 'garbage') },
  ),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** What the state at a place is about: a stream, or everything, as with a stream that the catalog does not name. */
const scopeOf = ({ steps }: Scenario, n: number): string | undefined => {
  const { scope } = steps[n] as Step & { type: 'state' };
  return streams.find((stream) => stream === scope);
};

/** Every row with a number that is its place in the input; rejected and deferred rows have keys of their own. */
const linesOf = ({ steps, ending }: Scenario): readonly string[] => [
  ...steps.map((step, n) => {
    if (step.type === 'state') {
      if (step.scope !== undefined) return streamState(step.scope, n);
      return globalState(n, step.legacy ? { type: null } : {});
    }
    const { stream, fate, key } = step;
    const own = fate === 'fine' ? `k${key}` : `own${n}`;
    return record(stream, { key: own, n, fate, ...(fate === 'invalid' && { invalid: true }) });
  }),
  ...(ending === 'garbage' ? ['{"type":"RECORD",,}'] : []),
];

async function trial(s: Scenario) {
  const run = new AbortController();
  const answered = new Set<number>();
  let calls = 0;
  const toy = new ToyDestination({
    maxRecords: s.maxRecords,
    maxInFlight: s.maxInFlight,
    onInvalid: (row) => answered.add(row['n'] as number),
    answer: (row): Outcome | undefined => {
      const n = row['n'] as number;
      if (row['fate'] === 'deferred')
        return { status: 'deferred', code: 'quota_exhausted', message: 'later', retryAt: 1e12 };
      answered.add(n);
      return undefined;
    },
    onSend: async (rows) => {
      const call = calls++;
      for (let i = 0; i < s.delays[call % s.delays.length]!; i++) await setImmediate();
      if (call === s.stop?.at) {
        if (s.stop.how === 'sigterm') run.abort(new Cancelled('SIGTERM'));
        if (s.stop.how === 'config') throw new ConfigFailure('key revoked', { code: 'unauthorized' });
        if (s.stop.how === 'defect') throw new TypeError('a defect');
        if (s.stop.how === 'outage') {
          const outage = new TransientFailure('down', { code: 'apollo_unavailable', delivery: 'unknown' });
          run.abort(outage);
          throw outage;
        }
      }
      const refused = rows.filter((row) => row['fate'] === 'refused');
      // Alone, it is the one at fault, and stays rejected.
      if (rows.length === 1) for (const row of refused) answered.add(row['n'] as number);
      if (refused.length > 0) throw new RecordFailure('no', { code: 'apollo_rejected' });
    },
  });
  const isFinalNow = (n: number): boolean => {
    const step = s.steps[n] as Step & { type: 'row' };
    if (answered.has(n)) return true;
    if (step.fate !== 'fine') return false;
    // Superseded by a later row of its key, which is written.
    return [...answered].some((m) => {
      const other = s.steps[m] as Step & { type: 'row' };
      return m > n && other.fate === 'fine' && other.key === step.key && other.stream === step.stream;
    });
  };
  const rowsBefore = (n: number, scope: string | undefined): number[] =>
    s.steps.flatMap((step, m) =>
      m < n && step.type === 'row' && (scope === undefined || step.stream === scope) ? [m] : [],
    );

  const text = linesOf(s)
    .map((line) => `${line}\n`)
    .join('');
  const whole = s.ending === 'cut' ? `${text}{"type":"REC` : text;
  const cuts = Array.from({ length: Math.floor(whole.length / s.chunkBytes) }, (_, i) => (i + 1) * s.chunkBytes);
  const ending = await runWrite(bytes(whole, ...cuts), {
    toy,
    run,
    catalog: catalogOf(...streams),
    limits: { maxRows: s.maxRows },
    onMessage: (message) => {
      if (message.type !== 'STATE') return;
      const { id } = JSON.parse(message.line).state;
      for (const n of rowsBefore(id, scopeOf(s, id)))
        assert.ok(isFinalNow(n), `state ${id} went out before row ${n} was final`);
    },
  });
  return { ...ending, answered, calls, isFinalNow, rowsBefore };
}

type Trial = Awaited<ReturnType<typeof trial>>;

function verify(s: Scenario, { states, error, answered, isFinalNow, rowsBefore, lines, calls }: Trial): void {
  const out = states.map(({ id }) => id as number);
  const all = s.steps.flatMap((step, n) => (step.type === 'state' ? [n] : []));
  // Verbatim, once each.
  assert.equal(new Set(out).size, out.length, 'a state went out twice');
  for (const [i, id] of out.entries()) {
    const { destinationStats, ...rest } = states[i];
    assert.deepEqual(rest, JSON.parse(linesOf(s)[id]!).state);
    assert.ok(lines[i]!.endsWith(`"destinationStats":${JSON.stringify(destinationStats)}}}`));
  }

  // In order, none skipped: a state that went out has all earlier ones of its scope before it; a global one, all.
  for (const [i, id] of out.entries()) {
    const scope = scopeOf(s, id);
    const earlier = all.filter((n) => n < id && (scope === undefined || [scope, undefined].includes(scopeOf(s, n))));
    for (const n of earlier) assert.ok(out.indexOf(n) >= 0 && out.indexOf(n) < i, `state ${n} is missing before ${id}`);
  }

  // Counts.
  for (const [i, id] of out.entries()) {
    const scope = scopeOf(s, id);
    const previous = all.filter((n) => n < id && scopeOf(s, n) === scope).at(-1) ?? -1;
    const rows = rowsBefore(id, scope).filter((n) => n > previous);
    const rejected = rows.filter((n) => ['invalid', 'refused'].includes((s.steps[n] as Step & { type: 'row' }).fate));
    assert.deepEqual(states[i].destinationStats, {
      recordCount: rows.length - rejected.length,
      ...(rejected.length > 0 && { rejectedRecordCount: rejected.length }),
    });
  }

  // Never lost: what is known to have been read, and waits for nothing, is out.
  const firstOpen = s.steps.findIndex((step, n) => step.type === 'row' && !isFinalNow(n));
  const wasStopped = s.stop !== undefined && calls > s.stop.at;
  const lastRead = wasStopped ? Math.max(-1, ...answered) : Number.POSITIVE_INFINITY;
  for (const n of all.filter((n) => n < lastRead && (firstOpen < 0 || n < firstOpen))) {
    assert.ok(out.includes(n), `state ${n} was lost`);
  }

  // And it ends as it must.
  const isDeferred = firstOpen >= 0 && !wasStopped;
  if (wasStopped) {
    const kinds = { sigterm: undefined, config: ConfigFailure, outage: TransientFailure, defect: TypeError };
    const kind = kinds[s.stop!.how as keyof typeof kinds];
    assert.ok(kind === undefined ? error === undefined : error instanceof kind, `ended with ${error}`);
  } else if (isDeferred) assert.ok(error instanceof TransientFailure, `ended with ${error}`);
  else if (s.ending === 'cut') assert.equal((error as TransientFailure).code, 'source_unreadable');
  else if (s.ending === 'garbage') assert.equal((error as Error).name, 'BrokenInput');
  else {
    assert.equal(error, undefined);
    assert.deepEqual(
      [...out].sort((x, y) => x - y),
      all,
    );
  }
}

test('states are never early, never lost, never out of order, and their counts are exact', async () => {
  const seen = { runs: 0, states: 0, rejected: 0, deferred: 0, stopped: 0, global: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, async (s) => {
      const result = await trial(s);
      verify(s, result);
      seen.runs++;
      seen.states += result.states.length;
      seen.global += result.states.filter(({ type }) => type !== 'STREAM').length;
      seen.rejected += result.states.filter((state) => state.destinationStats.rejectedRecordCount > 0).length;
      seen.deferred += Number(result.error instanceof TransientFailure);
      seen.stopped += Number(s.stop !== undefined && result.calls > s.stop.at);
    }),
    { numRuns: runs(100, 4_000) },
  );
  // The property means something only where all of this happens.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5);
});
