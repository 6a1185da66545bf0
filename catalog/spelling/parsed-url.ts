/**
 * The URL that a text is; undefined where it is none. Never `URL.canParse` over rows: once V8 has optimised its caller, after some
 * thousand calls, Node 20 and 22 say false of every text with a letter of Latin-1 such as `ü` (seen with 20.20.2 and 22.23.3;
 * 24 is right).
 */
export function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
