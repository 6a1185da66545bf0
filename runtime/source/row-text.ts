// DuckDB writes, and takes for JSON, numbers that JSON does not have: NaN, Infinity, in any case. Strings are matched
// too, so that what stands inside them is left alone.
const nonFinite = /"(?:[^"\\]|\\.)*"|-?\b(?:nan|inf(?:inity)?)\b/gi;

const quoted = (token: string): string => {
  if (token.startsWith('"')) return token;
  if (/nan/i.test(token)) return '"NaN"';
  return token.startsWith('-') ? '"-Infinity"' : '"Infinity"';
};

/** The JSON text of a row, or of many. Numbers that are not finite become the strings NaN, Infinity and -Infinity. */
export function parseRows(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(nonFinite, quoted));
  }
}
