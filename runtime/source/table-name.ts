import { identifier } from '../duckdb/sql.ts';

const part = /^(?:"((?:[^"]|"")+)"|([^".]+))(?:\.|$)/;

/** The parts of `a.b.c`, `"a.b".c`; undefined if it is not a name of one to three parts. */
export function tableParts(name: string): readonly string[] | undefined {
  const parts: string[] = [];
  let rest = name.trim();
  if (rest.endsWith('.')) return undefined;
  while (rest !== '') {
    const found = part.exec(rest);
    if (found === null) return undefined;
    parts.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    rest = rest.slice(found[0].length);
  }
  return parts.length >= 1 && parts.length <= 3 ? parts : undefined;
}

/** The parts as SQL, each of them quoted: a table's name can hold anything, and never becomes more than a name. */
export const qualifiedName = (parts: readonly string[]): string => parts.map(identifier).join('.');
