import type { Emulator } from '../../emulator/server/server.ts';
import { idOf } from '../scenarios/scenario.ts';
import { type ObjectName, type Shown, shownRecords } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';
import { addressOf, type HandEdit, type History, warehouseRow } from './history.ts';

/** An Apollo through a history: what people do there by hand, and what it must never come to hold. */
export class Held {
  readonly #emulator: Emulator;
  readonly #object: ObjectName;
  readonly #mode: unknown;
  /** For each person, the addresses (in mode update: the ids) that somebody has ever said are theirs. */
  readonly #said = new Map<string, Set<string>>();
  /** Records that somebody has edited by hand since they were last compared. */
  readonly touched = new Set<string>();
  /** Records that were merged into others, where Apollo answers for them with those. */
  readonly merged: Record<string, string> = {};

  constructor(emulator: Emulator, { object, stream, known }: History) {
    this.#emulator = emulator;
    this.#object = object;
    this.#mode = stream['mode'];
    const everyone =
      this.#mode === 'update' ? Array.from({ length: 8 }, (_, who) => ({ who, address: 0, isBlank: true })) : known;
    for (const { who, address, isBlank } of everyone)
      this.#seed(idOf(who + 1), who, addressOf(object, who, address), isBlank);
  }

  #seed(id: string, who: number, address: string, isBlank: boolean): void {
    // Two records with one address are for other tests.
    if (this.#addresses().includes(address.toLowerCase())) return;
    const row = warehouseRow(this.#object, { pk: 0, who, address, title: isBlank ? null : 0, phone: 0 });
    const { id: _id, apollo_id: _apollo, mobile_phone: _mobile, phone: _phone, stage: _s, owner: _o, ...person } = row;
    const plain = Object.fromEntries(Object.entries(person).filter(([, value]) => value !== null));
    this.#emulator.seed({ [this.#object]: [{ ...plain, id, created_at: '2020-01-01T00:00:00Z' }] });
    this.#say(`P${who}`, [address, id]);
  }

  get records(): readonly Shown[] {
    return shownRecords(this.#emulator, this.#object);
  }

  /** Rows that a run is going to see: what they say, people may have. */
  hear(rows: readonly TestRow[]): void {
    for (const row of rows) {
      const who = String(row['last_name'] ?? row['name']);
      this.#say(who, [String(row['email'] ?? row['domain']), String(row['apollo_id'])]);
    }
  }

  #say(who: string, addresses: readonly string[]): void {
    const said = this.#said.get(who) ?? new Set();
    for (const one of addresses) said.add(one.toLowerCase());
    this.#said.set(who, said);
  }

  /** What somebody does by hand. */
  edit({ hand, i, j, n }: HandEdit): void {
    const { store } = this.#emulator;
    const live = this.records;
    if (hand === 'make') {
      const address = addressOf(this.#object, j % 8, n);
      this.#seed(idOf(1000 + this.#said.size + live.length * 10 + n), j % 8, address, n % 2 === 0);
      return;
    }
    const record = live[i % Math.max(1, live.length)];
    const other = live[j % Math.max(1, live.length)];
    if (record === undefined || other === undefined) return;
    const id = String(record['id']);
    this.touched.add(id);
    const change = (changes: object, of = id): void => {
      if (this.#object === 'accounts') store.accounts.change(store.accounts.get(of)!, changes);
      else store.contacts.change(store.contacts.get(of)!, changes);
    };
    const own = emailsOf(record);
    const emails = (all: readonly string[]) => all.map((email, position) => ({ email, position }));
    if (hand === 'title')
      change(this.#object === 'accounts' ? { raw_address: `by hand ${n}` } : { title: `by hand ${n}` });
    if (hand === 'delete') change({ state: 'deleted' });
    const fresh = this.#object === 'accounts' ? `hand${n}.example` : `hand${n}@hand.example`;
    const isFree = !this.#addresses().includes(fresh);
    if (hand === 'address' && isFree) {
      change(this.#object === 'accounts' ? { domain: fresh } : { email: fresh });
      for (const who of signatures(record)) this.#say(who, [fresh]);
    }
    if (this.#object === 'accounts') return;
    if (hand === 'further' && isFree) change({ contact_emails: emails([...own.slice(1), fresh]) });
    if (hand === 'primary' && own.length > 1)
      change({ email: own[1], contact_emails: emails([own[0]!, ...own.slice(2)]) });
    if (hand !== 'merge' || other === record) return;
    this.touched.add(String(other['id']));
    const all = [...own, ...emailsOf(other)];
    change({ state: 'deleted' }, String(other['id']));
    change({ email: all[0] ?? null, contact_emails: emails(all.slice(1)) });
    if (n % 2 === 0) this.merged[String(other['id'])] = id;
    for (const who of [...signatures(record), ...signatures(other)]) this.#say(who, [...all, id]);
  }

  #addresses(): readonly string[] {
    return this.records.flatMap(emailsOf);
  }

  /** Records that hold values of a person who never had their address, and addresses for which two records were made. */
  faults(written: 'whole' | 'half-written'): readonly string[] {
    const mixed = written === 'whole' ? this.records.flatMap((record) => this.#mixed(record)) : [];
    return [...mixed, ...this.#twice()];
  }

  #mixed(record: Shown): readonly string[] {
    const names = this.#mode === 'update' ? [String(record['id'])] : emailsOf(record);
    if (names.length === 0) return new Set(signatures(record)).size > 1 ? [`${record['id']} holds several people`] : [];
    return signatures(record)
      .filter((who) => !names.some((name) => this.#said.get(who)?.has(name)))
      .map((who) => `${record['id']} is known by ${names.join(', ')}, and holds values of ${who}`);
  }

  /** How many addresses rows have said that Apollo may drop: a row of a list says nothing else of its record. */
  get #dropped(): number {
    const said = [...this.#said.values()].flatMap((names) => [...names]);
    return new Set(said.filter((name) => /@(?:drop|s)\.example$/.test(name))).size;
  }

  #twice(): readonly string[] {
    const counts = new Map<string, number>();
    for (const record of this.records) {
      // A rename may meet an account that only people know, under another name: no search finds it by its domain.
      if (this.#object === 'accounts' && String(record['id']).startsWith('a0')) continue;
      for (const one of new Set(emailsOf(record))) counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    const twice = [...counts].filter(([, count]) => count > 1);
    const bare = new Map<string, number>();
    for (const record of this.records) {
      if (this.#object === 'accounts' || emailsOf(record).length > 0) continue;
      const who = String(record['last_name']);
      bare.set(who, (bare.get(who) ?? 0) + 1);
    }
    return [
      ...twice.map(([one, count]) => `${count} records have ${one}`),
      ...[...bare]
        .filter(([who, count]) => count > (who === 'null' ? this.#dropped : (this.#said.get(who)?.size ?? 0)))
        .map(([who, count]) => `${count} records without an address are ${who}`),
    ];
  }
}

export const emailsOf = (record: Shown): readonly string[] =>
  [record['domain'], record['email'], ...((record['emails'] ?? []) as readonly unknown[])].flatMap((one) =>
    typeof one === 'string' && one !== '' ? [one.toLowerCase()] : [],
  );

/** Whose values a record holds. */
function signatures(record: Shown): readonly string[] {
  const phones = (record['phones'] ?? {}) as Readonly<Record<string, string>>;
  const number = /55501(\d)/.exec(String(record['phone'] ?? phones['mobile'] ?? '').replaceAll(/\D/g, ''));
  const mark = /P\d$/.exec(String(record['title'] ?? record['raw_address'] ?? ''));
  const name = record['last_name'] ?? record['name'];
  return [
    ...(typeof name === 'string' ? [name] : []),
    ...(mark ? [mark[0]] : []),
    ...(number ? [`P${number[1]}`] : []),
  ];
}
