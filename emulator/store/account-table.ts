import { IndexMap } from './index-map.ts';
import { crmIdsOf, nameKey } from './match-keys.ts';
import type { Account } from './records.ts';

/** What may be changed about a stored account. */
export type AccountChanges = Partial<Omit<Account, 'id' | 'createdAtMs'>>;

/** All accounts, found by id, domain, name, CRM id or organization, at the same cost however many there are. */
export class AccountTable {
  readonly #byId = new Map<string, Account>();
  readonly #byDomain = new IndexMap<string, Account>();
  readonly #byName = new IndexMap<string, Account>();
  readonly #byCrmId = new IndexMap<string, Account>();
  readonly #byOrganization = new IndexMap<string, Account>();

  readonly #changing: (account: Account) => void;

  /** `changing` is told of each record that is about to be changed. */
  constructor(changing: (account: Account) => void = () => {}) {
    this.#changing = changing;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Every account ever stored, deleted ones too. */
  values(): IterableIterator<Account> {
    return this.#byId.values();
  }

  get(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  byDomain(domain: string): readonly Account[] {
    return this.#byDomain.get(nameKey(domain));
  }

  byName(name: string): readonly Account[] {
    return this.#byName.get(nameKey(name));
  }

  byCrmId(id: string): readonly Account[] {
    return this.#byCrmId.get(id);
  }

  byOrganization(id: string): readonly Account[] {
    return this.#byOrganization.get(id);
  }

  add(account: Account): void {
    this.#byId.set(account.id, account);
    this.#each(account, (index, key) => index.add(key, account));
  }

  change(account: Account, changes: AccountChanges): void {
    this.#changing(account);
    this.#each(account, (index, key) => index.remove(key, account));
    Object.assign(account, changes);
    this.#each(account, (index, key) => index.add(key, account));
  }

  #each(account: Account, visit: (index: IndexMap<string, Account>, key: string) => void): void {
    if (account.domain !== null) visit(this.#byDomain, nameKey(account.domain));
    if (account.name !== null) visit(this.#byName, nameKey(account.name));
    if (account.organization_id !== null) visit(this.#byOrganization, account.organization_id);
    for (const id of crmIdsOf(account.extra)) visit(this.#byCrmId, id);
  }
}
