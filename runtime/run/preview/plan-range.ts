import { type CallCount, costsOf, type FieldCost } from '../../facts/costs.ts';

/** A number that is not known exactly; `min` and `max` are equal where it is. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Numbers by name: requests by `METHOD path`, rows by field. */
export type Ranges = Readonly<Record<string, Range>>;

/** The requests of a run, in both kinds of world. */
export interface BoundedCalls {
  readonly lower: readonly CallCount[];
  readonly upper: readonly CallCount[];
}

/** What one field would cost at one endpoint; the keys of `FieldCost`. */
interface CostRange extends Pick<FieldCost, 'field' | 'request'> {
  readonly calls: Range;
  readonly alone: Range;
  readonly of: Range;
}

/** Two counts of the same thing, name by name; what one of them lacks, it has none of. */
export function ranges(lower: ReadonlyMap<string, number>, upper: ReadonlyMap<string, number>): Ranges {
  const names = [...new Set([...lower.keys(), ...upper.keys()])];
  return Object.fromEntries(names.map((name) => [name, range(lower.get(name) ?? 0, upper.get(name) ?? 0)]));
}

/** From the smaller to the larger of two numbers. */
export const range = (one: number, other: number): Range => ({
  min: Math.min(one, other),
  max: Math.max(one, other),
});

/** The sum of some ranges. */
export const sumOf = (list: readonly Range[]): Range => ({
  min: list.reduce((sum, { min }) => sum + min, 0),
  max: list.reduce((sum, { max }) => sum + max, 0),
});

/** The requests of several streams together. */
export const together = (parts: readonly BoundedCalls[]): BoundedCalls => ({
  lower: parts.flatMap(({ lower }) => lower),
  upper: parts.flatMap(({ upper }) => upper),
});

/** How many requests of each kind there would be. */
export const callsOf = ({ lower, upper }: BoundedCalls): Ranges => ranges(byRequest(lower), byRequest(upper));

/** What each field would cost, the dearest first. */
export function costRangesOf({ lower, upper }: BoundedCalls): readonly CostRange[] {
  const keyOf = ({ field, request }: Pick<FieldCost, 'field' | 'request'>) => `${request} ${field}`;
  const lowerCosts = new Map(costsOf(lower).map((cost) => [keyOf(cost), cost]));
  const upperCosts = new Map(costsOf(upper).map((cost) => [keyOf(cost), cost]));
  const all = [...upperCosts, ...lowerCosts].filter(
    ([key], index, list) => list.findIndex(([other]) => other === key) === index,
  );
  const totals = callsOf({ lower, upper });
  return all.map(([key, { field, request }]) => {
    const of = (name: 'calls' | 'alone') => range(lowerCosts.get(key)?.[name] ?? 0, upperCosts.get(key)?.[name] ?? 0);
    return { field, request, calls: of('calls'), alone: of('alone'), of: totals[request]! };
  });
}

function byRequest(counts: readonly CallCount[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { request, calls } of counts) sums.set(request, (sums.get(request) ?? 0) + calls);
  return sums;
}
