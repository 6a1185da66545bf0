/** The place just behind a string of a valid JSON text; `start` is its opening quote. */
export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}

const BACKSLASH = 0x5c;

/** One member of an object, in the very characters it has. */
interface Member {
  readonly key: string;
  /** From the key's opening quote to the end of the value. */
  readonly text: string;
  /** Where the value begins in the whole text. */
  readonly valueStart: number;
}

/** The members of the object that begins at `start` in a valid JSON text. */
export function membersOf(text: string, start: number): readonly Member[] {
  const members: Member[] = [];
  let at = text.indexOf('{', start) + 1;
  for (;;) {
    at = skip(text, at, SPACE_OR_COMMA);
    if (text[at] !== '"') return members;
    const keyEnd = endOfString(text, at);
    const valueStart = skip(text, keyEnd, SPACE_OR_COLON);
    const valueEnd = endOfValue(text, valueStart);
    members.push({
      key: JSON.parse(text.slice(at, keyEnd)) as string,
      text: text.slice(at, valueEnd),
      valueStart,
    });
    at = valueEnd;
  }
}

const SPACE_OR_COMMA = /[\s,]*/y;
const SPACE_OR_COLON = /[\s:]*/y;
const SCALAR = /[^\s,\]}]*/y;
const NEXT_TOKEN = /["{}[\]]/g;

function skip(text: string, at: number, what: RegExp): number {
  what.lastIndex = at;
  what.test(text);
  return what.lastIndex;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== '{' && text[start] !== '[') return skip(text, start, SCALAR);
  let depth = 0;
  for (let at = start; ; ) {
    NEXT_TOKEN.lastIndex = at;
    const token = NEXT_TOKEN.exec(text);
    if (token === null) return text.length;
    at = token.index + 1;
    if (token[0] === '"') at = endOfString(text, token.index);
    else if (token[0] === '{' || token[0] === '[') depth++;
    else if (--depth === 0) return at;
  }
}
