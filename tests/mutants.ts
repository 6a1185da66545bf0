/** A plausible slip: in `file`, `from` (which stands there once) becomes `to`, and one of `tests` must notice. */
export interface Mutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const scenario = (...names: string[]) => names.map((name) => `tests/scenarios/${name}.test.ts`);
const property = (...names: string[]) => names.map((name) => `tests/properties/${name}.test.ts`);
const connector = (...names: string[]) => names.map((name) => `tests/connector/${name}.test.ts`);
const runtime = (...names: string[]) => names.map((name) => `tests/runtime/${name}.test.ts`);

const modes = [...connector('record/progress'), ...scenario('modes', 'custom-fields', 'matching')];
const matching = [...connector('record/pairing'), ...scenario('matching', 'accounts', 'name-matches')];
const failing = [...scenario('failures', 'endings', 'name-matches'), ...property('deliveries')];
const removed = scenario('removed-rows');
const moved = [...scenario('match-keys-that-move', 'moved-records', 'two-rows-of-one-record')];
const same = runtime('source/diff/same-rows');
const takeovers = [...runtime('deliver/contended/takeovers'), ...scenario('rows-that-take-over')];
const limited = [...runtime('http/window-mirror', 'http/rate-limit'), ...scenario('rate-limits')];

/** Every one of these must make some test fail: one that does not is a missing test. */
export const mutants: readonly Mutant[] = [
  // Who a record is.
  { file: 'connector/record/pairing.ts', from: 'if (!pairs.has(position)) pairs', to: 'pairs', tests: matching },
  {
    file: 'connector/record/pairing.ts',
    from: 'if (alike.length === 1) pairs.set(alike[0]!.position, { as, slim: shown.slim })',
    to: 'if (alike.length >= 1) pairs.set(alike[0]!.position, { as, slim: shown.slim })',
    tests: matching,
  },
  {
    file: 'connector/record/pairing.ts',
    from: 'sent.length === 1 ? possible',
    to: 'open.length === 1 ? possible',
    tests: matching,
  },
  {
    file: 'connector/record/pairing.ts',
    from: "nameMatches, 'name-match', pairs",
    to: "nameMatches, 'created', pairs",
    tests: matching,
  },
  {
    file: 'connector/record/pairing.ts',
    from: "claim(existing, 'existing')",
    to: "claim(existing, 'created')",
    tests: matching,
  },
  {
    file: 'connector/steps/create.ts',
    from: "slim);\n  if (!record.matchKey.startsWith('domain:')",
    to: "slim);\n  if (!record.matchKey.startsWith('email:')",
    tests: matching,
  },
  {
    file: 'connector/steps/create.ts',
    from: "progress: 'unverified', candidate",
    to: "progress: 'found', candidate",
    tests: matching,
  },
  {
    file: 'connector/steps/create.ts',
    from: '?.has(position) ?',
    to: '!== undefined ?',
    tests: scenario('orphans'),
  },
  {
    file: 'connector/steps/create.ts',
    from: '{ run_dedupe: true, ...attempts }',
    to: '{ run_dedupe: false, ...attempts }',
    tests: scenario('modes'),
  },
  {
    file: 'connector/steps/create.ts',
    from: "target.onMatchConflict === 'create' && record",
    to: "target.onMatchConflict !== 'create' && record",
    tests: matching,
  },
  {
    file: 'connector/steps/create.ts',
    from: '      conflicts: ({ record }) => record.identity,\n',
    to: '',
    tests: scenario('matching', 'batches'),
  },
  {
    file: 'connector/steps/create.ts',
    from: 'JSON.stringify(requestLevel(target, prepared))',
    to: "''",
    tests: scenario('fields', 'batches'),
  },
  {
    file: 'connector/steps/create.ts',
    from: '!isBlank(value) && isSent(name)',
    to: 'isSent(name)',
    tests: scenario('batches'),
  },
  {
    file: 'connector/steps/read.ts',
    from: 'return identity.length === 1 &&',
    to: 'return',
    tests: [...scenario('accounts', 'matching'), ...property('deliveries')],
  },
  {
    file: 'connector/steps/read.ts',
    from: 'field !== undefined && !currentValue(field, shown).known',
    to: 'field !== undefined',
    tests: matching,
  },
  { file: 'connector/record/next-step.ts', from: "unread: 'read'", to: "unread: 'write'", tests: scenario('modes') },
  {
    file: 'connector/record/estimate.ts',
    from: 'afterRead(target, prepared, id, blankRecord(target))',
    to: 'afterRead(target, prepared, id, {})',
    tests: scenario('preview'),
  },

  // Companies of one name.
  {
    file: 'connector/steps/create-despite-match.ts',
    from: 'idempotent: true,',
    to: 'idempotent: false,',
    tests: scenario('name-matches'),
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: '{ run_dedupe: false, before',
    to: '{ run_dedupe: true, before',
    tests: scenario('name-matches'),
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: "pair === undefined ? isEachMet : pair.as === 'name-match' && showsOther(target, pair.slim)",
    to: 'true',
    tests: scenario('name-matches'),
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: 'nameMatches.length >= open.length',
    to: 'nameMatches.length > 0',
    tests: scenario('name-matches'),
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: '    for (const { position } of left) tried.add(position);\n',
    to: '',
    tests: [...scenario('name-matches'), ...property('deliveries')],
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: ".filter((key) => !key.startsWith('name:'))",
    to: '',
    tests: scenario('name-matches'),
  },
  {
    file: 'connector/steps/create-despite-match.ts',
    from: "if (found?.as === 'created')",
    to: 'if (found)',
    tests: [...scenario('name-matches'), ...property('deliveries')],
  },

  // What is still to be written.
  {
    file: 'connector/record/progress.ts',
    from: "if (target.existing === 'keep') return { status: 'skipped', id };",
    to: '',
    tests: modes,
  },
  {
    file: 'connector/record/progress.ts',
    from: "target.existing === 'fill_blanks' && isBlank(record.values[name]!)",
    to: 'false',
    tests: modes,
  },
  { file: 'connector/record/progress.ts', from: '|| isKeptKey(target, name, record, shown)', to: '', tests: modes },
  { file: 'connector/record/progress.ts', from: '!isBlank(shown[name]) && ', to: '', tests: modes },
  {
    file: 'connector/record/progress.ts',
    from: 'if (!current.known) return true;',
    to: 'if (!current.known) return false;',
    tests: modes,
  },
  { file: 'connector/record/progress.ts', from: 'return !sameValue(', to: 'return sameValue(', tests: modes },
  { file: 'connector/record/progress.ts', from: 'written.length > 0 && ', to: '', tests: modes },
  { file: 'connector/record/progress.ts', from: "&& record.progress !== 'created'", to: '', tests: modes },
  { file: 'connector/record/progress.ts', from: "field.type !== 'lists' && ", to: '', tests: modes },
  {
    file: 'connector/record/body.ts',
    from: '.sort()',
    to: '',
    tests: [...connector('record/body'), ...scenario('fields')],
  },
  {
    file: 'connector/record/body.ts',
    from: '{ [as]: entry, position }',
    to: '{ [as]: entry, position: 0 }',
    tests: connector('record/body'),
  },
  {
    file: 'connector/record/next-step.ts',
    from: "unverified: 'read'",
    to: "unverified: 'create'",
    tests: matching,
  },
  {
    file: 'connector/record/next-step.ts',
    from: "changed: 'write'",
    to: "changed: 'finish'",
    tests: connector('record/target'),
  },
  {
    file: 'connector/steps/patch.ts',
    from: 'if (shown.id === prepared.id) return prepared;',
    to: 'return prepared;',
    tests: scenario('contradicted', 'write-state'),
  },
  {
    file: 'connector/record/confirmation.ts',
    from: 'return !isTaken(',
    to: 'return false && isTaken(',
    tests: [...scenario('contradicted'), ...property('contradicted')],
  },
  {
    file: 'connector/record/progress.ts',
    from: 'confirmed: without(record.confirmed, refused)',
    to: 'confirmed: record.confirmed ?? {}',
    tests: scenario('contradicted'),
  },
  {
    file: 'connector/record/progress.ts',
    from: 'return latest >= at;',
    to: 'return latest >= at - 600_000;',
    tests: scenario('evidence'),
  },
  {
    file: 'connector/steps/creating/tries.ts',
    from: 'if (!isUnderWay) return;',
    to: 'return;',
    tests: connector('steps/creating/tries'),
  },
  {
    file: 'connector/record/leftover.ts',
    from: 'if (first !== undefined && contents.size === 1)',
    to: 'if (first !== undefined)',
    tests: scenario('dropped-addresses'),
  },
  {
    file: 'connector/steps/request/write-many.ts',
    from: 'const shown = confirmed?.get(prepared.id!);',
    to: 'const shown = confirmed?.get(prepared.id!) ?? ({ id: prepared.id! } as Slim);',
    tests: [...scenario('matching'), ...scenario('bulk-updates')],
  },
  {
    file: 'connector/steps/add-to-lists.ts',
    from: '    sharing: { key: ({ record }) => JSON.stringify(listsOf(record)) },\n',
    to: '',
    tests: scenario('fields', 'lists'),
  },
  {
    file: 'connector/steps/add-to-lists.ts',
    from: "if (answer.done === 'nothing') return new Map();",
    to: '',
    tests: scenario('lists'),
  },
  {
    file: 'connector/steps/request/naming.ts',
    from: '[id, position]',
    to: '[id, position + 1]',
    tests: [...connector('steps/request/naming'), ...scenario('failures')],
  },

  // What a failure means.
  {
    file: 'runtime/deliver/refused/search.ts',
    from: '!refusals.maySearch(step.limits.maxRefused)',
    to: 'false',
    tests: runtime('deliver/refused/search'),
  },
  {
    file: 'runtime/deliver/request.ts',
    from: '[left.filter((record) => !guilty.includes(record))]',
    to: '[]',
    tests: failing,
  },
  {
    file: 'connector/steps/key-conflict.ts',
    from: 'matchKeyOf(name, { [matchField]: sent })',
    to: 'undefined as string | undefined',
    tests: scenario('match-keys-that-move'),
  },
  {
    file: 'runtime/deliver/request.ts',
    from: 'if (isLost && ++link.lost',
    to: 'if (++link.lost',
    tests: [...runtime('deliver/pipeline'), ...scenario('rate-limits')],
  },
  // Rows that take records over.
  {
    file: 'runtime/deliver/contended/contention.ts',
    from: 'if (item.id !== sent[i]!.id) this.#leave(sent[i]!);',
    to: '',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'return !this.#pending.has(holder)',
    to: 'return true',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'if (holder !== undefined && status === undefined) return this.#wait(rows, holder);',
    to: '',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'this.#wait(rest, last.position);',
    to: '',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'if (isSettled(item) && item.id === id) return [];',
    to: '',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'this.#claims.release(id);\n      return [];',
    to: 'return [];',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'this.#claims.take(id, position);',
    to: '',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: '(position) => this.#ended.of(position)',
    to: '(position) => this.statusOf(position)',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/contended/takeovers.ts',
    from: 'known?.intended === undefined ? undefined : id',
    to: 'undefined',
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/batch.ts',
    from: `    if (pass.length > 0) yield { pass };
    for (const record of taken) {
      const full = open.add(record);
      if (full) yield { send: full };
    }`,
    to: `    for (const record of taken) {
      const full = open.add(record);
      if (full) yield { send: full };
    }
    if (pass.length > 0) yield { pass };`,
    tests: takeovers,
  },
  {
    file: 'runtime/deliver/pipeline.ts',
    from: '{ ...settled, values: withoutPending(learned) }',
    to: 'settled',
    tests: scenario('write-state'),
  },
  {
    file: 'runtime/deliver/request.ts',
    from: '    link.lost = 0;\n    refusals.accepted',
    to: '    refusals.accepted',
    tests: scenario('endings'),
  },
  { file: 'runtime/deliver/request.ts', from: '?? notAcknowledged', to: '?? unanswered', tests: scenario('matching') },
  {
    file: 'runtime/deliver/request.ts',
    from: 'clock.now() + retryAfterMs',
    to: 'clock.now()',
    tests: scenario('rate-limits'),
  },
  {
    file: 'runtime/deliver/request.ts',
    from: 'failure instanceof ConfigFailure ? stopped : interrupted',
    to: 'interrupted',
    tests: scenario('endings'),
  },
  {
    file: 'runtime/http/retry.ts',
    from: "delivery === 'unknown' && !idempotent",
    to: 'false',
    tests: [...runtime('http/retry'), ...scenario('accounts')],
  },
  {
    file: 'runtime/http/retry.ts',
    from: '!turnedAway && spent.retries >=',
    to: 'spent.retries >=',
    tests: [...runtime('http/retry'), ...scenario('failures')],
  },
  {
    file: 'runtime/http/retry.ts',
    from: 'Math.max(retryAfterMs ?? 0, random *',
    to: 'Math.max(0, random *',
    tests: [...runtime('http/retry'), ...scenario('failures')],
  },

  // How batches fill.
  // Which endpoints write a record, and how requests fill.
  {
    file: 'connector/record/routes.ts',
    from: "byPatch === true || pending.some((name) => usual.get(name) === 'patch')",
    to: 'byPatch === true',
    tests: [...connector('record/routes'), ...scenario('bulk-updates')],
  },
  {
    file: 'connector/steps/assign.ts',
    from: 'key: (prepared) => JSON.stringify(sharedBy(prepared)),',
    to: '',
    tests: scenario('bulk-updates'),
  },
  {
    file: 'connector/steps/request/limits.ts',
    from: 'Math.max(...windows.map(({ limit }) => limit)) / 2',
    to: '0',
    tests: scenario('failures', 'refusals'),
  },
  {
    file: 'connector/steps/creating/pool.ts',
    from: 'if (conflicts.some((conflict) => taken.has(conflict))) continue;',
    to: '',
    tests: connector('steps/creating/pool'),
  },
  {
    file: 'runtime/http/http.ts',
    from: 'if (!over && request.mayGo?.() === false) fail(new NotSent());',
    to: '',
    tests: runtime('http/http', 'http/transport'),
  },
  {
    file: 'runtime/deliver/stopping-at.ts',
    from: 'untold === undefined ? store.record(settled, aheadMs) : Promise.reject(untold.error)',
    to: 'store.record(settled, aheadMs)',
    tests: runtime('deliver/stopping-at'),
  },
  {
    file: 'runtime/deliver/batch.ts',
    from: 'found === undefined && !hasOneOf(each.taken, conflicts)',
    to: 'found === undefined',
    tests: scenario('matching', 'batches'),
  },
  {
    file: 'runtime/deliver/batch.ts',
    from: 'if (each.bytes + record.bytes > maxBytes) tooFull ??= each;\n      else if',
    to: 'if',
    tests: [...runtime('deliver/pipeline'), ...scenario('batches')],
  },
  {
    file: 'runtime/deliver/weight.ts',
    from: 'WAITING_MAX = 20_000',
    to: 'WAITING_MAX = 1_000',
    tests: [...connector('steps/creating/pool'), ...scenario('batches')],
  },
  {
    file: 'runtime/deliver/weight.ts',
    from: 'VALUE_BYTES + bytesOf((value as Row)[name], depth + 1)',
    to: 'VALUE_BYTES',
    tests: runtime('deliver/weight'),
  },
  {
    file: 'runtime/deliver/batch.ts',
    from: 'this.waiting += record.weight',
    to: 'this.waiting += 1',
    tests: runtime('deliver/weight'),
  },
  {
    file: 'runtime/deliver/refused/aside.ts',
    from: 'this.#weight += weightOfAll(records)',
    to: 'this.#weight += records.length',
    tests: runtime('deliver/weight'),
  },
  {
    file: 'runtime/deliver/batch.ts',
    from: 'target.records.length >= maxRecords',
    to: 'target.records.length > maxRecords',
    tests: scenario('batches'),
  },

  // Windows, and how a run ends.
  {
    file: 'runtime/http/window-mirror.ts',
    from: 'this.#used + inFlight >= share',
    to: 'this.#used >= share',
    tests: limited,
  },
  { file: 'runtime/contract/rate-limit-window.ts', from: '100 - reservePercent', to: '100', tests: limited },
  { file: 'runtime/http/rate-limit.ts', from: 'until - since > maxWaitMs', to: 'false', tests: limited },
  {
    file: 'runtime/facts/ending.ts',
    from: "total('rejected') * 100 >",
    to: "total('rejected') * 100 >=",
    tests: scenario('endings'),
  },
  { file: 'runtime/facts/ending.ts', from: "|| total('deferred') > 0 ?", to: '?', tests: scenario('rate-limits') },
  {
    file: 'runtime/run/preview/plan-range.ts',
    from: 'max: Math.max(one, other)',
    to: 'max: Math.min(one, other)',
    tests: scenario('preview'),
  },

  // Rows that are gone, and lists.
  { file: 'runtime/run/removal.ts', from: 'found * 100 <=', to: 'found <=', tests: removed },
  {
    file: 'runtime/state/stream/removed-rows.ts',
    from: "(outcome <> 'removed' or code",
    to: '(true or code',
    tests: removed,
  },
  {
    file: 'runtime/source/diff/changed-rows.ts',
    from: 'match_key is null or match_key',
    to: 'true or match_key',
    tests: runtime('source/diff/diff'),
  },
  {
    file: 'runtime/source/staged/pages.ts',
    from: 'if (to - from <= 1 ||',
    to: 'if (true ||',
    tests: runtime('source/staged/pages'),
  },
  {
    file: 'runtime/source/staged/pages.ts',
    from: 'Math.floor((this.#characters',
    to: 'Math.floor((1e9',
    tests: runtime('source/staged/pages'),
  },
  {
    file: 'runtime/source/diff/chosen-rows.ts',
    from: 'if (slice.rows === 1 ||',
    to: 'if (true ||',
    tests: runtime('source/diff/diff'),
  },
  { file: 'runtime/source/diff/chosen-rows.ts', from: 'match_key as own_key', to: 'null as own_key', tests: moved },
  { file: 'runtime/source/diff/chosen-rows.ts', from: 'destination_id as own_id', to: 'null as own_id', tests: moved },
  {
    file: 'runtime/source/diff/chosen-rows.ts',
    from: 'outcome as own_outcome',
    to: 'null as own_outcome',
    tests: moved,
  },
  {
    file: 'runtime/source/diff/changed-rows.ts',
    from: 'diff.place, own_key',
    to: 'null as place, own_key',
    tests: moved,
  },
  {
    file: 'runtime/source/diff/rivals.ts',
    from: 'where place in (select place',
    to: 'where place in (select -1',
    tests: moved,
  },
  { file: 'runtime/source/diff/same-rows.ts', from: 'is not true', to: 'is false', tests: same },
  {
    file: 'runtime/source/diff/same-rows.ts',
    from: ' && BigInt(String(sum ?? 0)) === facts.digest',
    to: '',
    tests: same,
  },
  { file: 'connector/writers/removal.ts', from: 'name !== field.name || ', to: 'true || ', tests: removed },
  {
    file: 'runtime/deliver/prepare.ts',
    from: 'item.id !== undefined && known.id === undefined',
    to: 'false',
    tests: scenario('membership'),
  },

  // What an inventory leaves in doubt.
  {
    file: 'runtime/run/inventory/read-doubts.ts',
    from: 'shown.at >= at + SURE_AFTER_MS',
    to: 'shown.at >= at',
    tests: scenario('list-removals'),
  },
  {
    file: 'runtime/state/inventory/list-removals.ts',
    from: 'and every.settled_at > removal."at"',
    to: '',
    tests: scenario('list-removals'),
  },
  {
    file: 'runtime/state/inventory/is-there.ts',
    from: 'seen_at > ',
    to: 'seen_at < ',
    tests: scenario('gone-records'),
  },
  {
    file: 'runtime/run/inventory/take-inventory.ts',
    from: 'first.total > rows * perRow',
    to: 'first.total > rows * 1e9',
    tests: scenario('reconciled'),
  },
  {
    file: 'connector/steps/in-turn.ts',
    from: '[...record.identity, ...identityKeys(name, record.confirmed ?? {})]',
    to: '[...record.identity]',
    tests: connector('steps/in-turn'),
  },
];
