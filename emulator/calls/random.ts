/** Numbers in [0, 1) that are the same for the same seed. */
export type Random = () => number;

/** A generator (mulberry32) whose whole sequence follows from `seed`. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The same entries in an order that `random` decides (Fisher-Yates). */
export function shuffled<T>(entries: readonly T[], random: Random): T[] {
  const result = [...entries];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** Hands out 24-hex ids, ascending, the same ones for the same seed. */
export function idSource(seed: number): () => string {
  const bytes = Buffer.alloc(12);
  // The first four bytes look like a Mongo timestamp of 2026, the next four are the seed's, the last four count.
  bytes.writeUInt32BE(0x695b8d00, 0);
  bytes.writeUInt32BE(Math.floor(seededRandom(seed)() * 4294967296), 4);
  let count = 0;
  return () => {
    count += 1;
    bytes.writeUInt32BE(count, 8);
    // A flat string: a concatenated one costs V8 twice the memory, a million times over.
    return bytes.toString('hex');
  };
}

/** Whether a value has the form of an Apollo id: 24 hexadecimal digits. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{24}$/i.test(value);
}
