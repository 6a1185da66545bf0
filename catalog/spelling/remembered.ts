// Longer texts are seldom asked for twice, and would fill memory.
const LONGEST = 256;

/**
 * The same function, that remembers what it has made of the last texts. A value of a row is normalised where it is mapped, compared
 * with others of its run, paired with its answer and noted: once is enough.
 */
export function remembered<T>(of: (text: string) => T, most = 4096): (text: string) => T {
  const known = new Map<string, T>();
  let lastText: string | undefined;
  let lastMade: T | undefined;
  const recalled = (text: string): T => {
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as T;
    if (known.size >= most) known.clear();
    const made = of(text);
    known.set(text, made);
    return made;
  };
  // What is asked again is asked at once, most of the time: a comparison then saves a look-up.
  return (text) => {
    if (text.length > LONGEST) return of(text);
    if (lastText !== text) {
      lastMade = recalled(text);
      lastText = text;
    }
    return lastMade as T;
  };
}
