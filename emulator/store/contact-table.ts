import { IndexMap } from './index-map.ts';
import { companyHashes, crmIdsOf, emailKey, emailsOf, exactEmailKey, nameAndCompany } from './match-keys.ts';
import type { Contact } from './records.ts';

/** What may be changed about a stored contact. */
export type ContactChanges = Partial<Omit<Contact, 'id' | 'createdAtMs'>>;

const INDEXED: readonly (keyof ContactChanges)[] = [
  'email',
  'contact_emails',
  'first_name',
  'last_name',
  'organization_name',
  'organization_id',
  'extra',
  'account_id',
];

/** All contacts, found by id, e-mail, CRM id, person, or name and company, at the same cost however many there are. */
export class ContactTable {
  readonly #byId = new Map<string, Contact>();
  readonly #byEmail = new IndexMap<string, Contact>();
  readonly #byCrmId = new IndexMap<string, Contact>();
  readonly #byPerson = new IndexMap<string, Contact>();
  readonly #byCompany = new IndexMap<number, Contact>();
  readonly #countByAccount = new Map<string, number>();

  readonly #changing: (contact: Contact) => void;

  /** `changing` is told of each record that is about to be changed. */
  constructor(changing: (contact: Contact) => void = () => {}) {
    this.#changing = changing;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Every contact ever stored, deleted ones too. */
  values(): IterableIterator<Contact> {
    return this.#byId.values();
  }

  get(id: string): Contact | undefined {
    return this.#byId.get(id);
  }

  /** The contacts with exactly this address, primary or additional, whatever its case. */
  byEmail(email: string): Contact[] {
    const exact = exactEmailKey(email);
    return this.likeEmail(email).filter((contact) => emailsOf(contact).some((own) => exactEmailKey(own) === exact));
  }

  /** The contacts with this address once what follows a plus is left out. */
  likeEmail(email: string): readonly Contact[] {
    return this.#byEmail.get(emailKey(email));
  }

  byCrmId(id: string): readonly Contact[] {
    return this.#byCrmId.get(id);
  }

  byPerson(personId: string): readonly Contact[] {
    return this.#byPerson.get(personId);
  }

  /** Candidates only: hashes collide, so the caller compares names. */
  byCompanyHash(hash: number): readonly Contact[] {
    return this.#byCompany.get(hash);
  }

  countOfAccount(accountId: string): number {
    return this.#countByAccount.get(accountId) ?? 0;
  }

  add(contact: Contact): void {
    this.#byId.set(contact.id, contact);
    this.#index(contact);
  }

  change(contact: Contact, changes: ContactChanges): void {
    this.#changing(contact);
    if (!INDEXED.some((key) => key in changes)) {
      Object.assign(contact, changes);
      return;
    }
    this.#unindex(contact);
    Object.assign(contact, changes);
    this.#index(contact);
  }

  #index(contact: Contact): void {
    const keys = keysOf(contact);
    for (const key of keys.emails) this.#byEmail.add(key, contact);
    for (const id of keys.crmIds) this.#byCrmId.add(id, contact);
    for (const hash of keys.companies) this.#byCompany.add(hash, contact);
    if (keys.person !== null) this.#byPerson.add(keys.person, contact);
    this.#count(contact.account_id, 1);
  }

  #unindex(contact: Contact): void {
    const keys = keysOf(contact);
    for (const key of keys.emails) this.#byEmail.remove(key, contact);
    for (const id of keys.crmIds) this.#byCrmId.remove(id, contact);
    for (const hash of keys.companies) this.#byCompany.remove(hash, contact);
    if (keys.person !== null) this.#byPerson.remove(keys.person, contact);
    this.#count(contact.account_id, -1);
  }

  #count(accountId: string | null, by: number): void {
    if (accountId !== null) this.#countByAccount.set(accountId, this.countOfAccount(accountId) + by);
  }
}

function keysOf(contact: Contact) {
  const emails = emailsOf(contact);
  const person = nameAndCompany({ ...namesOf(contact), emails });
  const personId = contact.extra['person_id'];
  return {
    emails: emails.map(emailKey),
    crmIds: crmIdsOf(contact.extra),
    companies: person === null ? [] : companyHashes(person),
    person: typeof personId === 'string' ? personId : null,
  };
}

function namesOf(contact: Contact) {
  const { first_name, last_name, organization_id, organization_name } = contact;
  return { first_name, last_name, organization_id, organization_name };
}
