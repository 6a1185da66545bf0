import { parse } from 'tldts';
import { hasUnseen, narrowed, trimmed } from './clean-text.ts';
import { parsedUrl } from './parsed-url.ts';

/**
 * A URL of http or https that a browser opens, as the source has it: `https://` stands before one without a scheme, and blanks are
 * encoded. Its host needs no registrable domain. Undefined for anything else, and for one that carries a user or password.
 */
export function sentUrl(text: string): string | undefined {
  const plain = withPlainHead(trimmed(text));
  if (hasUnseen(plain) || /[\p{Cc}\u2028\u2029\ufffd]/u.test(plain) || severalUrls.test(plain)) return undefined;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(plain);
  const absolute = hasScheme ? plain : `https://${plain.replace(/^\/\//, '')}`;
  const [, head = '', tail = ''] = /^(https?:\/\/[^/?#]*)(.*)$/isu.exec(absolute) ?? [];
  if (head === '' || /[\s\p{Z}\\]/u.test(head)) return undefined;
  const url = parsedUrl(absolute);
  if (url === undefined || url.username !== '' || url.password !== '' || head.includes('@')) return undefined;
  const isHost = hasScheme ? isReachable(url.hostname) : isNamed(url.hostname);
  return isHost ? head + tail.replace(/\p{Zs}/gu, (blank) => encodeURIComponent(blank)) : undefined;
}

const severalUrls = /[\s\p{Z}](?:https?:\/\/|www\.)/iu;

/** Scheme and host in ASCII where they were typed in full width; the path stays, but where its first slash was typed so too. */
function withPlainHead(text: string): string {
  const [, head = '', tail = ''] = /^((?:\p{L}+[:：][/／]{2})?[^/?#／？＃]*)(.*)$/su.exec(text) ?? [];
  return narrowed(head) + (/^[／？＃]/u.test(tail) ? narrowed(tail) : tail);
}

const label = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const severalLabels = new RegExp(`^(?:${label}\\.)+${label}\\.?$`);

/** A host that is not only a word: a name with a dot in it, or an IP address. */
const isReachable = (host: string): boolean => severalLabels.test(host) || host.startsWith('[');

/** As much, with a suffix that is one: without a scheme, `1.2` and `etc.` are not hosts. */
function isNamed(host: string): boolean {
  if (!severalLabels.test(host)) return false;
  const { domain, publicSuffix, isIcann, isIp } = parse(host, { allowPrivateDomains: false, validateHostname: false });
  return isIp !== true && (domain !== null || (isIcann === true && publicSuffix === host.replace(/\.$/, '')));
}
