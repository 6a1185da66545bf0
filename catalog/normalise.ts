import { parseDigits, parsePhoneNumberFromString } from 'libphonenumber-js';
import { parse } from 'tldts';
import validator from 'validator';

/** The one spelling of an e-mail address: trimmed, NFC, lower case, its domain in punycode; undefined if it is none. */
export function canonicalEmail(text: string): string | undefined {
  // An address has 254 characters at most (RFC 5321); NFC may join some of those that were given.
  if (text.length > 1000) return undefined;
  const address = text.trim().toLowerCase().normalize('NFC');
  const at = address.lastIndexOf('@');
  const host = asciiHost(address.slice(at + 1));
  if (at < 1 || host === undefined) return undefined;
  const canonical = `${address.slice(0, at)}@${host}`;
  return validator.isEmail(canonical, { allow_utf8_local_part: true }) ? canonical : undefined;
}

/** The canonical address without its plus tag, which Apollo seems to leave out of account when it matches. */
// Matching of a+x@d with a@d was observed by a client of docs.apollo.io/reference/create-a-contact, 2026; no page says it.
export function plainEmail(text: string): string | undefined {
  const email = canonicalEmail(text);
  if (email === undefined) return undefined;
  const [local = '', host = ''] = email.split(/@(?=[^@]*$)/);
  const plain = `${local.replace(/(?<=.)\+.*$/, '')}@${host}`;
  // `a.+b@d` without its tag is no address; it can only be itself.
  return plain === email ? email : (canonicalEmail(plain) ?? email);
}

/** The host of an e-mail address; undefined if it is none. */
export const emailDomain = (text: string): string | undefined => canonicalEmail(text)?.replace(/^.*@/, '');

/**
 * The one spelling of a company's domain, from a host, a URL or `@host`: lower case, punycode, without scheme, user, port,
 * path, trailing dot and leading `www.`. Undefined for what nobody can register: IP addresses, single labels, public
 * suffixes such as `co.uk`. Subdomains stay, and so does `github.io`: somebody owns it.
 */
export function canonicalDomain(text: string): string | undefined {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/|\/\/)?(.*)$/isu.exec(text.trim()) ?? [];
  const authority = rest.replace(/[/?#\\].*$/su, '');
  // Outside a URL, what stands before an @ is a mailbox: its host is a mail provider, as likely as the company.
  const host = scheme === undefined ? authority.replace(/^@/, '') : authority.replace(/^.*@/su, '');
  const ascii = asciiHost(host.replace(/:\d*$/, '').replace(/\.$/, ''));
  if (ascii === undefined || !hostname.test(ascii)) return undefined;
  const bare = withoutWww(ascii);
  return isRegistrable(bare) ? bare : undefined;
}

// RFC 1123 labels, at least two, the last one no number (which would be an IP address); 253 characters at most.
const hostname = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;

function isRegistrable(host: string): boolean {
  const { domain, isIp } = parse(host, { allowPrivateDomains: false });
  return isIp !== true && domain !== null;
}

/** `www.com` and `www.co.uk` are themselves registered. */
function withoutWww(host: string): string {
  const rest = host.replace(/^www\./, '');
  return rest !== host && isRegistrable(rest) ? withoutWww(rest) : host;
}

// What URL would leave as it is, at a tenth of the cost.
const plainHost = /^(?:[a-z0-9-]+\.)+[a-z]+$/;

/** A host in lower case and punycode; undefined if a URL could not have it. */
function asciiHost(host: string): string | undefined {
  const lower = host.toLowerCase();
  if (plainHost.test(lower) && !lower.includes('xn--')) return lower;
  // URL would decode percent signs, cut at slashes and colons, and read `1.2` as an address.
  if (host === '' || /[\s%/\\?#:@[\]<>^|]/u.test(host) || /^[\d.]+$/.test(host)) return undefined;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  return url?.hostname;
}

/** A name for comparison: NFKC, case folded, spaces collapsed. Legal suffixes stay: Acme Inc and Acme Ltd are two. */
export function comparableName(text: string): string {
  let folded = text;
  // Folding can produce what NFKC composes anew, and the reverse; a second pass settles what is ever seen.
  for (let pass = 0; pass < 4; pass++) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
    if (next === folded) break;
    folded = next;
  }
  return folded;
}

/** A URL for comparison: without scheme, `www.`, fragment and trailing slashes; of LinkedIn, the lower-case path alone. */
export function comparableUrl(text: string): string {
  const trimmed = text.trim();
  const absolute = /^https?:\/\//iu.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(absolute)) return trimmed;
  const { host, pathname, search } = new URL(absolute);
  const bare = host.replace(/^(?:www\.)+/, '');
  const path = pathname.replace(/\/+$/, '');
  // de.linkedin.com/in/x and linkedin.com/in/X show one profile (linkedin.com, 2026).
  const linkedIn = /(?:^|\.)linkedin\.com$/.test(bare);
  return linkedIn ? `linkedin.com${path.toLowerCase()}` : `${bare}${path}${search}`;
}

/** A phone number for comparison: E.164 (and `x` extension) where it is written with a `+`, else its digits. */
export function comparablePhone(text: string): string {
  const trimmed = text.trim();
  const parsed = trimmed.startsWith('+') ? parsePhoneNumberFromString(trimmed, { extract: false }) : undefined;
  if (parsed === undefined) return phoneDigits(trimmed);
  return parsed.ext === undefined ? parsed.number : `${parsed.number}x${parsed.ext}`;
}

/** The digits of a phone number, in ASCII where they are fullwidth or Arabic. */
export const phoneDigits = (text: string): string => parseDigits(text);
