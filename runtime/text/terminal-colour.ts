/** How a piece of text stands out. */
type Style = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** Text as a terminal shows it, in a style or without. */
export type Paint = (text: string, style: Style) => string;

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

const inColour: Paint = (text, style) =>
  style === 'plain' || text === '' ? text : `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;

/** No style at all. */
export const uncoloured: Paint = (text) => text;

interface Screen {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The paint for a stream: colours on a terminal, unless NO_COLOR (no-color.org) or a dumb terminal says otherwise. */
export const paintFor = ({ isTerminal, environment }: Screen): Paint =>
  isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb' ? inColour : uncoloured;
