import { parseDigits, parsePhoneNumberFromString } from 'libphonenumber-js';
import { parse } from 'tldts';
// The index of the package loads a hundred other validators.
import email from 'validator/lib/isEmail.js';
import { hasUnseen, isPlainAscii, narrowed, trimmed } from './spelling/clean-text.ts';
import { isFreeMail } from './spelling/free-mail.ts';
import { parsedUrl } from './spelling/parsed-url.ts';
import { isPlaceholder } from './spelling/placeholder-address.ts';
import { remembered, rememberedOnce } from './spelling/remembered.ts';
import { isSharedHost } from './spelling/shared-hosts.ts';

/** A value in the spelling that is sent, which is the source's own, and in the one spelling that it is compared by. */
interface Spellings {
  readonly sent: string;
  readonly canonical: string;
}

/**
 * The one spelling of an e-mail address: trimmed, NFC, lower case, its domain in punycode (P14, P17). Undefined if it is not one, holds a
 * character that is not seen, or is a placeholder such as `email_not_unlocked@domain.com`.
 */
export const canonicalEmail = (text: string): string | undefined => emailOf(text)?.canonical;

/** An e-mail address as it is sent: as `canonicalEmail`, with its domain in the script that it was written in. */
export const sentEmail = (text: string): string | undefined => emailOf(text)?.sent;

// Most are made again for less than it costs to keep them, and nearly all are different.
const emailOf = rememberedOnce((text: string): Spellings | undefined => {
  const plain = plainAddress(text);
  return plain === undefined ? unusual(text) : { sent: plain, canonical: plain };
});

const unusual = remembered(unusualEmail);

// Nine addresses in ten are written like this, and need no library to be recognised: labels with letters, digits and
// single signs inside, in a host that has a name. Short enough for every length that RFC 5321 and RFC 1035 allow.
const usualAddress = /^[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}$/;
const LONGEST_USUAL = 64;

/** The canonical form of an address that is written in the usual way, equal to what `unusualEmail` makes of it; else undefined. */
function plainAddress(text: string): string | undefined {
  if (text.length > LONGEST_USUAL) return undefined;
  const address = text.toLowerCase();
  if (!usualAddress.test(address)) return undefined;
  const at = address.indexOf('@');
  return isPlaceholder(address.slice(0, at), address.slice(at + 1)) ? undefined : address;
}

/** Any address: the slow way, and the one that decides. */
function unusualEmail(text: string): Spellings | undefined {
  // An address has 254 characters at most (RFC 5321); NFC may join some of those that were given.
  if (text.length > 1000) return undefined;
  const address = narrowed(trimmed(text)).toLowerCase().normalize('NFC');
  const at = address.lastIndexOf('@');
  if (at < 1 || hasUnseen(address) || notInAddresses.test(address)) return undefined;
  const local = address.slice(0, at);
  const host = plainHost(address.slice(at + 1));
  const ascii = asciiHost(host);
  // Letters that only look like others (ligatures, mathematical letters, full width) are not part of a mailbox's name.
  if (ascii === undefined || local.normalize('NFKC') !== local || isPlaceholder(local, ascii)) return undefined;
  const canonical = `${local}@${ascii}`;
  if (!email.default(canonical, { allow_utf8_local_part: true })) return undefined;
  return { sent: `${local}@${host}`, canonical };
}

// White space, unassigned and private characters, quotes, and the apostrophe that spreadsheets put before text.
const notInAddresses = /[\s\p{Z}\p{C}"\ufffd]|^'/u;

/** The canonical address without its plus tag, which Apollo seems to leave out of account when it matches. */
// Matching of a+x@d with a@d was observed by a client of docs.apollo.io/reference/create-a-contact, 2026; no page says it.
export function plainEmail(text: string): string | undefined {
  const email = canonicalEmail(text);
  if (email === undefined || !email.includes('+')) return email;
  const [local = '', host = ''] = email.split(/@(?=[^@]*$)/);
  const plain = `${local.replace(/(?<=.)\+.*$/, '')}@${host}`;
  // `a.+b@d` without its tag is not an address; it can only be itself.
  return plain === email ? email : (canonicalEmail(plain) ?? email);
}

/** The host of an e-mail address; undefined if it is not one. */
export const emailDomain = (text: string): string | undefined => hostOf(canonicalEmail(text));

const hostOf = (email: string | undefined): string | undefined => email?.slice(email.lastIndexOf('@') + 1);

/**
 * The one spelling of a company's domain, from a host, a URL or `@host`: lower case, punycode, without scheme, user, port,
 * path, trailing dot and leading `www.`. Undefined for what is not a company's: IP addresses, single labels, public suffixes such
 * as `co.uk` (but `gov.uk` has a website), a page on a host that many share, and a provider of free mail behind an @.
 * Subdomains stay, and so does `github.io`: its owner is a company.
 */
export const canonicalDomain = (text: string): string | undefined => domainOf(text)?.canonical;

/** A company's domain as it is sent: as `canonicalDomain`, in the script that it was written in. */
export const sentDomain = (text: string): string | undefined => domainOf(text)?.sent;

const domainOf = remembered(spelledDomain);

function spelledDomain(text: string): Spellings | undefined {
  const plain = narrowed(trimmed(text));
  if (hasUnseen(plain)) return undefined;
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/|\/\/)?(.*)$/isu.exec(plain) ?? [];
  const [, authority = '', path = ''] = /^([^/?#\\]*)(.*)$/su.exec(rest) ?? [];
  // Outside a URL, what stands before an @ is a mailbox: its host is a mail provider, as likely as the company.
  const host = scheme === undefined ? authority.replace(/^@/, '') : authority.replace(/^.*@/su, '');
  const whole = plainHost(host.replace(/:\d*$/, '').replace(/\.$/, ''));
  const ascii = asciiHost(whole);
  if (ascii === undefined || !hostname.test(ascii)) return undefined;
  const bare = withoutWww(ascii);
  if (!isOwned(bare) || (authority.includes('@') && isFreeMail(bare))) return undefined;
  if (/^[/\\]+[^/\\?#]/.test(path) && isSharedHost(ascii)) return undefined;
  // What was taken off is `www.`, as long in both scripts.
  return { sent: whole.slice(ascii.length - bare.length), canonical: bare };
}

// RFC 1123 labels, at least two, the last one no number (which would be an IP address); 253 characters at most.
const hostname = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;

function isOwned(host: string): boolean {
  const { domain, publicSuffix, isIcann, isIp } = parse(host, { allowPrivateDomains: false });
  if (isIp === true) return false;
  return domain !== null || (isIcann === true && publicSuffix === host && institution.test(host));
}

// Suffixes that are themselves the address of a body with a website: gov.uk, gob.mx, gouv.fr, nhs.uk, police.uk.
const institution = /^(?:gov|govt|gob|gouv|gub|nhs|police|mil)\../;

/** `www.com` and `www.co.uk` are themselves registered. */
function withoutWww(host: string): string {
  const rest = host.replace(/^www\./, '');
  return rest !== host && isOwned(rest) ? withoutWww(rest) : host;
}

/** A host as it was written, in lower case, with letters that have another form in their usual one. */
const plainHost = (host: string): string => host.normalize('NFKC').toLowerCase().normalize('NFC');

// What URL would leave as it is, at a tenth of the cost.
const plainAscii = /^(?:[a-z0-9-]+\.)+[a-z]+$/;

/** A host in lower case and punycode; undefined if a URL could not have it. */
function asciiHost(host: string): string | undefined {
  if (plainAscii.test(host) && !host.includes('xn--')) return host;
  // URL would decode percent signs, cut at slashes and colons, and read `1.2` as an address.
  if (host === '' || /[\s%/\\?#:@[\]<>^|]/u.test(host) || /^[\d.]+$/.test(host)) return undefined;
  return parsedUrl(`http://${host}`)?.hostname;
}

/** A name for comparison: NFKC, lower case, spaces collapsed. Legal suffixes stay: Acme Inc and Acme Ltd are two. */
export function comparableName(text: string): string {
  // Without letters outside ASCII there is nothing to compose and one lower case.
  if (isPlainAscii(text)) return withSingleBlanks(text.trim().toLowerCase());
  let plain = text;
  // Case folding can produce what NFKC composes once more, and the reverse; a second pass settles what is ever seen.
  for (let pass = 0; pass < 4; pass++) {
    const next = plain.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
    if (next === plain) break;
    plain = next;
  }
  return plain;
}

const withSingleBlanks = (text: string): string => (text.includes('  ') ? text.replace(/ {2,}/g, ' ') : text);

/**
 * A URL for comparison: as a browser writes it, without trailing slashes of the path. Profiles and companies of LinkedIn are named by
 * their path alone, in lower case.
 */
export function comparableUrl(text: string): string {
  const plain = trimmed(text);
  const absolute = /^https?:\/\//iu.test(plain) ? plain : `https://${plain}`;
  const url = parsedUrl(absolute);
  if (url === undefined) return plain;
  const { protocol, host, pathname, search, hash } = url;
  const path = pathname.replace(/\/+$/, '');
  // de.linkedin.com/in/x and linkedin.com/in/X show one profile, and Apollo has a spelling of its own for it (linkedin.com, 2026).
  if (/(?:^|\.)linkedin\.com$/.test(host) && /^\/(?:in|pub|company|school)\//.test(path)) {
    return `https://linkedin.com${path.toLowerCase()}`;
  }
  return `${protocol}//${host}${path}${search}${hash}`;
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
