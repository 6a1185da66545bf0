/** The names that a person may have meant: the nearest ones, at most three, if they differ by no more than a third. */
export function nearNames(wanted: string, names: Iterable<string>): readonly string[] {
  const target = simple(wanted);
  const scored = [...new Set(names)].map((name) => ({ name, far: distance(target, simple(name)) }));
  const nearest = Math.min(...scored.map(({ far }) => far));
  return scored
    .filter(
      ({ name, far }) => far === nearest && far <= Math.max(1, Math.floor(Math.max(target.length, name.length) / 3)),
    )
    .map(({ name }) => name)
    .slice(0, 3);
}

/** The name that a person probably meant; undefined where none is near. */
export const nearest = (wanted: string, names: Iterable<string>): string | undefined => nearNames(wanted, names)[0];

/** ` Did you mean …?`, or nothing where there is nothing to offer. */
export const question = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` Did you mean ${names.map((name) => `"${name}"`).join(' or ')}?`;

const simple = (name: string): string =>
  withoutAccents(name.slice(0, 100))
    .toLowerCase()
    .replace(/[\s_-]+/g, '');

/** Insertions, deletions, changes and swaps of neighbours that make `b` of `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1, swapped ? before[j - 2]! + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** A text whose letters have lost their accents; other scripts stay as they are. */
export const withoutAccents = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/ß/g, 'ss')
    .replace(/[øØ]/g, 'o')
    .replace(/[łŁ]/g, 'l');
