/**
 * Whether a row is the one that a person asks for by a primary key. A decimal is named with all its places, `14.00`, and asked
 * for as the number that it is, `14`. Zeros in front make another key.
 */
export const isAskedKey = (primaryKey: string, asked: string): boolean =>
  primaryKey === asked || plain(primaryKey) === plain(asked);

/** A decimal without the zeros that say nothing; any other text as it is. */
const plain = (text: string): string => (/^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text);

/** A key as it is asked for, and as the same number without zeros that say nothing. */
export const spellingsOf = (asked: string): readonly string[] => [...new Set([asked, plain(asked)])];
