// Longer texts are seldom asked for twice, and would fill memory.
const LONGEST = 256;

/**
 * The same function, that remembers what it has made of the last texts: for what costs much to make. A value of a row is normalised where
 * it is mapped, compared with others of its run, paired with its answer and noted: once is enough.
 */
export function remembered<T>(of: (text: string) => T, most = 4096): (text: string) => T {
  const known = new Map<string, T>();
  const recalled = (text: string): T => {
    if (text.length > LONGEST) return of(text);
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as T;
    if (known.size >= most) known.clear();
    const made = of(text);
    known.set(text, made);
    return made;
  };
  return rememberedOnce(recalled);
}

/** The same function, that remembers what it has made of the last text: what is asked again is asked at once, most of the time. */
export function rememberedOnce<T>(of: (text: string) => T): (text: string) => T {
  let lastText: string | undefined;
  let lastMade: T | undefined;
  return (text) => {
    if (text.length > LONGEST) return of(text);
    if (lastText !== text) {
      lastMade = of(text);
      lastText = text;
    }
    return lastMade as T;
  };
}
