import type { Json } from './error-body.ts';

// "Parameters misconfigured. <value> is not a valid ID" and "<id> does not belong to the current team"
// (docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19; P42): whatever stands there is a value, or the name of a parameter.
const documented = /([^.!?]+?)\s+(?:(?:is|are) not (?:a )?valid ids?|do(?:es)? not belong to)\b/gi;
const inQuotes = /"([^"]+)"|'([^']+)'|`([^`]+)`|“([^”]+)”/g;

/**
 * What an error body quotes as its reason: what stands before a documented text or in quotation marks, and every word that is
 * no word of a language, as ids, addresses and numbers are. Which of them are values that were sent, the request tells.
 */
export function quotedIn(json: Json | undefined, text: string): readonly string[] {
  const said = json === undefined ? [text] : [...textsIn(json)];
  return [...new Set(said.flatMap(quotedBy))];
}

function quotedBy(said: string): readonly string[] {
  const subjects = [...said.matchAll(documented)].flatMap(([, subject = '']) => [
    ...subject.split(/,|;|\band\b/),
    subject,
    subject.split(/\s+/).at(-1)!,
  ]);
  const quotes = [...said.matchAll(inQuotes)].flatMap((match) => match.slice(1).filter((one) => one !== undefined));
  const words = said.split(/[\s,;|=<>]+/).map(bare);
  return [...subjects.map(bare), ...quotes, ...words.filter(isNoWord)].filter((one) => one !== '');
}

const bare = (word: string): string => word.replace(/^[^\p{L}\p{N}+#-]+|[^\p{L}\p{N}]+$/gu, '');

const isNoWord = (word: string): boolean => /[\d@]/.test(word) && (word.length >= 6 || word.includes('@'));

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* textsIn(each);
}
