/** Requests of one kind that were made, or would be, on account of the same fields. */
export interface CallCount {
  /** `METHOD path`. */
  readonly request: string;
  /** Names of the fields that some record was in the request for; null where it was made for no field's sake. */
  readonly fields: readonly string[] | null;
  readonly calls: number;
}

/** What one field costs at one endpoint; stands in JSON as it is. */
export interface FieldCost {
  readonly field: string;
  readonly request: string;
  /** Requests that wrote the field, of one record at least. */
  readonly calls: number;
  /** Those of them that wrote nothing else: without the field they would not have been made. */
  readonly alone: number;
  /** All requests to this endpoint. */
  readonly of: number;
}

/**
 * What each field costs: a request is on account of a field when it writes that field to one record at least. The dearest
 * come first.
 */
export function costsOf(made: Iterable<CallCount>): readonly FieldCost[] {
  const totals = new Map<string, number>();
  const costs = new Map<string, { field: string; request: string; calls: number; alone: number }>();
  for (const { request, fields, calls } of made) {
    totals.set(request, (totals.get(request) ?? 0) + calls);
    for (const field of fields ?? []) {
      const key = `${request} ${field}`;
      const cost = costs.get(key) ?? { field, request, calls: 0, alone: 0 };
      cost.calls += calls;
      if (fields?.length === 1) cost.alone += calls;
      costs.set(key, cost);
    }
  }
  return [...costs.values()]
    .map((cost) => ({ ...cost, of: totals.get(cost.request)! }))
    .sort((a, b) => b.calls - a.calls || b.alone - a.alone || (a.field < b.field ? -1 : 1));
}

/** Counts requests, those alike together. */
export class CallTally {
  readonly #counts = new Map<string, { request: string; fields: readonly string[] | null; calls: number }>();

  add(request: string, fields: readonly string[] | undefined, calls = 1): void {
    const key = `${request} ${fields?.join(' ') ?? ''}`;
    const count = this.#counts.get(key) ?? { request, fields: fields ?? null, calls: 0 };
    count.calls += calls;
    this.#counts.set(key, count);
  }

  /** Those that another tally, of some of them, has not counted. */
  without(some: CallTally): readonly CallCount[] {
    const rest: CallCount[] = [];
    for (const [key, { calls, ...kind }] of this.#counts) {
      const left = calls - (some.#counts.get(key)?.calls ?? 0);
      if (left > 0) rest.push({ ...kind, calls: left });
    }
    return rest;
  }

  get counts(): Iterable<CallCount> {
    return this.#counts.values();
  }

  get costs(): readonly FieldCost[] {
    return costsOf(this.#counts.values());
  }
}
