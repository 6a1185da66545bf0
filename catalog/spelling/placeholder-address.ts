// What tools and people write where they have no address. First of all `email_not_unlocked@domain.com`, which Apollo shows for
// an address that was not paid for, one for all people (docs.apollo.io/reference/get-complete-person-info, 2026-08-19):
// rows that share such an address would become one person.
const ADJECTIVE = '(?:not|un|isnot|not(?:yet)?)(?:unlocked|available|provided|applicable|given|known|found|onfile)';
const ABSENT = new RegExp(
  `^(?:(?:no|without|missing|unknown|invalid|dummy|fake)(?:valid|known)?(?:work)?e?mail(?:address)?(?:available|provided|given|found|onfile|yet)?` +
    `|(?:work)?e?mail(?:address)?(?:${ADJECTIVE}|locked|missing|unknown)|${ADJECTIVE}|keinee?mail(?:adresse)?|placeholder)\\d*$`,
);

// Words that are placeholders only on a host that is one too: `none@none.com`, `na@na.com`, `unknown@domain.com`.
const NOTHING = 'no|none|null|nil|na|nan|undefined|unknown|empty|blank|missing|invalid|nothing|nowhere|noemail|nomail';
const WORD = new RegExp(`^(?:${NOTHING})$`);
const HOST = new RegExp(`^(?:${NOTHING}|e?mail|domain)\\.`);

/** Whether an address in lower case stands for having none: of placeholders, of masked ones, and of nothing but punctuation. */
export function isPlaceholder(local: string, host: string): boolean {
  if (local.includes('*') || !/[\p{L}\p{N}]/u.test(local)) return true;
  // Most have none of these signs, and one look says so.
  const words = /[+._/-]/.test(local) ? local.replace(/\+.*$/, '').replace(/[._/-]/g, '') : local;
  return ABSENT.test(words) || local === 'n/a' || (WORD.test(words) && HOST.test(host));
}
