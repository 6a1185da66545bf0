/** What a probe run was asked to do, and by what its own records are known. */
export interface Setting {
  /** Under which all its addresses and domains are. */
  readonly domain: string;
  /** What the names of its records begin with, and what its list is called. */
  readonly mark: string;
  /** Name of the stage that its contacts are left in; undefined: the one that they have. */
  readonly stage?: string | undefined;
  /** A consumer mail host at which it may make two addresses; undefined: none. */
  readonly freeMail?: string | undefined;
  /** Whether it may make two custom fields, which stay. */
  readonly withFields?: boolean;
}

// RFC 2606 keeps example.com, and all below it, for such uses: no mail arrives there.
/** Where addresses are when no domain is named. */
export const DEFAULT_DOMAIN = 'apollo-probe.example.com';

/** What records are called by when no mark is named. */
export const DEFAULT_MARK = 'Apollo Probe';

/** A contact of the probe, by its first name. No two share a name and a company. */
export function ownContact({ domain, mark }: Setting, who: string) {
  const name = titled(who);
  return {
    first_name: name,
    last_name: `${mark} ${name}`,
    email: `${who}@${domain}`,
    organization_name: `${mark} ${name} Company`,
    title: 'First Title',
  };
}

/** An account of the probe, by the number in its name. */
export const ownAccount = ({ domain, mark }: Setting, which: string) => ({
  name: `${mark} ${titled(which)}`,
  domain: `${which}.${domain}`,
});

const titled = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;

/** Text as it is compared with what may have been stored in a spelling of Apollo's own. */
export const plain = (text: unknown): string =>
  typeof text === 'string' ? text.trim().replace(/\s+/gu, ' ').toLowerCase() : '';
