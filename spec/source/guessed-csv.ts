/** Whether a query reads CSV and leaves it to DuckDB how the file is written. */
export const guessesCsv = (query: string): boolean => {
  const sql = query.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').replaceAll(/--[^\n]*/g, ' ');
  if (/\b(?:from|join)\s+(['"])(?:(?!\1).)*\.(?:csv|tsv)(?:\.gz|\.zst)?\1/i.test(sql)) return true;
  return [...sql.matchAll(/\b(?:read_csv|read_csv_auto)\s*\(/gi)].some(
    ({ index, 0: call }) => !isDescribed(argumentsAt(sql, index + call.length)),
  );
};

const isDescribed = (options: string): boolean =>
  /\bauto_detect\s*(?:=|:=|=>)\s*(?:false|0)\b/i.test(options) ||
  (/\b(?:delim|delimiter|sep)\s*(?:=|:=|=>)/i.test(options) && /\bquote\s*(?:=|:=|=>)/i.test(options));

/** The text of the arguments that begin there, without the texts in them. */
function argumentsAt(sql: string, from: number): string {
  const rest = sql.slice(from).replaceAll(/'(?:[^']|'')*'/g, "''");
  let depth = 1;
  for (let at = 0; at < rest.length; at++) {
    if (rest[at] === '(') depth++;
    if (rest[at] === ')' && --depth === 0) return rest.slice(0, at);
  }
  return rest;
}
