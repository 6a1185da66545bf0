/** The first key that an object of a JSON text has twice, and where it stands again; the text must be valid JSON. */
export function repeatedKey(text: string): { key: string; offset: number } | undefined {
  const open: Set<string>[] = [];
  let last: { key: string; offset: number } | undefined;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') last = { key: JSON.parse(token) as string, offset: index };
    else if (last !== undefined) {
      if (open.at(-1)?.has(last.key)) return last;
      open.at(-1)?.add(last.key);
    }
  }
  return undefined;
}
