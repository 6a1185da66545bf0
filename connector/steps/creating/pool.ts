/** Records that wait for one request, and are fewer than it could carry. */
interface PartFilled {
  readonly size: number;
  /** What the records would still have to agree on if they were pooled. */
  readonly pool: string;
  /** They agree on no more than that as it is. */
  readonly isPooled: boolean;
  /** As a step's: records that share one of these never share a request. */
  readonly conflicts: readonly string[];
}

/**
 * Which part-filled requests are to be pooled, by their places: those for which the fewest requests are made in the whole.
 * Pooling saves a request each, but for those of the pool, and costs the requests that afterwards give each record what it
 * was sent without. Of the parts of a pool the smallest are always the best, so only how many has to be found.
 */
export function worthPooling(parts: readonly PartFilled[], capacity: number, capacityAfter: number): readonly number[] {
  let best = new Map<number, Choice>([[0, { saved: 0, parts: [] }]]);
  for (const pool of new Set(parts.map((part) => part.pool))) best = widened(best, optionsOf(parts, pool, capacity));
  let chosen: Choice = { saved: 0, parts: [] };
  for (const [records, choice] of best) {
    const saved = choice.saved - Math.ceil(records / capacityAfter);
    if (saved > chosen.saved) chosen = { ...choice, saved };
  }
  return chosen.parts;
}

interface Choice {
  readonly saved: number;
  readonly parts: readonly number[];
}

/** For each number of records, from all pools so far, the choice that saves most. */
function widened(best: ReadonlyMap<number, Choice>, options: readonly (Choice & { records: number })[]) {
  const wider = new Map<number, Choice>();
  for (const [records, choice] of best) {
    for (const option of options) {
      const sum = records + option.records;
      const saved = choice.saved + option.saved;
      if (saved <= (wider.get(sum)?.saved ?? Number.NEGATIVE_INFINITY)) continue;
      wider.set(sum, { saved, parts: [...choice.parts, ...option.parts] });
    }
  }
  return wider;
}

/** What one pool may be made of: none of the parts, the smallest, the two smallest … */
function optionsOf(parts: readonly PartFilled[], pool: string, capacity: number) {
  const members = parts.map((part, place) => ({ ...part, place })).filter((part) => part.pool === pool);
  const there = members.filter(({ isPooled }) => isPooled);
  const taken = new Set(there.flatMap(({ conflicts }) => conflicts));
  const before = there.reduce((sum, { size }) => sum + size, 0);
  const chosen: number[] = [];
  const options = [{ records: 0, saved: 0, parts: [] as readonly number[] }];
  let records = 0;
  for (const { place, size, conflicts } of members.filter((one) => !one.isPooled).sort((a, b) => a.size - b.size)) {
    // Those who cannot share a request would not fill the pool's.
    if (conflicts.some((conflict) => taken.has(conflict))) continue;
    for (const conflict of conflicts) taken.add(conflict);
    chosen.push(place);
    records += size;
    const added = Math.ceil((before + records) / capacity) - Math.ceil(before / capacity);
    options.push({ records, saved: chosen.length - added, parts: [...chosen] });
  }
  return options;
}
