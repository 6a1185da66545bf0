/** What may stand between two values. */
export const delimiters = [',', ';', '\t', '|'] as const;

/** The lines of a text, whatever ends them. */
export const linesOf = (start: string): readonly string[] => start.split(/\r\n|\r|\n/);

/** How many lines with nothing in them come first: DuckDB would take one for the header. */
export const blankLines = (start: string): number =>
  Math.max(
    0,
    linesOf(start).findIndex((line) => line.trim() !== ''),
  );

/** The first line with something in it, after so many lines. */
export const lineAfter = (start: string, skip: number): string =>
  linesOf(start)
    .slice(skip)
    .find((line) => line.trim() !== '') ?? '';

/** How many values a line has. */
export const widthOf = (line: string, delimiter: string): number => withoutQuoted(line).split(delimiter).length;

/** A text without what stands in double quotes. */
export const withoutQuoted = (text: string): string => text.replaceAll(/"(?:[^"]|"")*"/g, '');
