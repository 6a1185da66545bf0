// Zero-width characters, soft hyphens, variation selectors, fillers and marks of direction, and the blank of Braille. They come
// along when text is copied from web pages and documents.
const unseen = String.raw`\p{Default_Ignorable_Code_Point}\p{Cf}\u2800`;
const blankOrUnseen = new RegExp(`^[${unseen}\\s\\p{Z}\\u0085]$`, 'u');
const holdsUnseen = new RegExp(`[${unseen}]`, 'u');

/** Whether a text is printable ASCII throughout, as most are. A loop, since a regular expression costs more to begin than this to end. */
export function isPlainAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** A text without the white space and the invisible characters at its ends, which are part of no value. */
export function trimmed(text: string): string {
  if (isPlainAscii(text)) return text.trim();
  const characters = [...text];
  const first = characters.findIndex((one) => !blankOrUnseen.test(one));
  const last = characters.findLastIndex((one) => !blankOrUnseen.test(one));
  return first < 0 ? '' : characters.slice(first, last + 1).join('');
}

/** Whether a text holds a character that is not seen: two texts that look the same would be two values. */
export const hasUnseen = (text: string): boolean => !isPlainAscii(text) && holdsUnseen.test(text);

/** A text in which the fullwidth forms of ASCII, and the full stops of East Asian scripts, are plain ASCII. */
export const narrowed = (text: string): string =>
  isPlainAscii(text)
    ? text
    : text
        .replace(/[\uff01-\uff5e]/gu, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
        .replace(/[\u3002\uff61]/gu, '.')
        .replaceAll('\u3000', ' ');
