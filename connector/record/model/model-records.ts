import { identityOfAnswer } from '../../../catalog/identity-keys.ts';
import type { ObjectName } from '../../../catalog/object.ts';
import { isFreeMail } from '../../../catalog/spelling/free-mail.ts';
import type { Mirror, Mirrored } from '../../../runtime/contract/mirror.ts';
import type { BulkCreated } from '../../api/wire.ts';

type Shown = Mirrored['shown'];
type ByKey = ReadonlyMap<string, readonly Mirrored[]>;

/**
 * By what Apollo finds records, in its order; kinds of keys that count at once stand together (docs.apollo.io/reference/create-a-contact and
 * bulk-create-accounts, 2026-08-19). A row names no person of Apollo's database, so that rule is left out.
 */
const rules: Readonly<Record<ObjectName, readonly (readonly string[])[]>> = {
  contacts: [['salesforce', 'hubspot'], ['email'], ['name+company', 'name+organization', 'name+domain']],
  accounts: [['salesforce', 'hubspot'], ['domain'], ['organization_id'], ['name']],
};

/** By what a request has records matched. */
type Matching = 'every key' | 'CRM ids';

/** What a bulk create does with one of its entries. */
interface Found {
  readonly as: keyof BulkCreated;
  readonly record: Mirrored;
}

const kindOf = (key: string): string => key.slice(0, key.indexOf(':'));

/** What Apollo has, as a mirror shows it, with what requests of an estimate have made and renamed since. */
export class ModelRecords {
  readonly #object: ObjectName;
  readonly #mirror: Mirror;
  /** Records that were made, or whose identity has changed, by id. */
  readonly #changed = new Map<string, Mirrored>();
  readonly #idsByKey = new Map<string, Set<string>>();
  #made = 0;

  constructor(object: ObjectName, mirror: Mirror) {
    this.#object = object;
    this.#mirror = mirror;
  }

  /** The records that a bulk create finds for these entries, in their order; one that it does not find is made before the next is looked for. */
  async findOrMake(
    entries: readonly Shown[],
    { by, made }: { readonly by: Matching; readonly made: (entry: Shown) => Shown },
  ): Promise<readonly Found[]> {
    const keys = entries.map((entry) => this.#keysOf(entry));
    const found = await this.#mirror.find([...new Set(keys.flat())]);
    return entries.map((entry, i) => {
      const match = this.#match(keys[i]!, found, by);
      return match === undefined
        ? { as: 'created', record: this.#add(made(entry)) }
        : { as: 'existing', record: match };
    });
  }

  /** The records with a key, by now. */
  async withKey(key: string): Promise<readonly Mirrored[]> {
    return this.#candidates([key], await this.#mirror.find([key]));
  }

  /** A record as it is by now; undefined where it is not known. */
  async read(id: string): Promise<Mirrored | undefined> {
    return this.#changed.get(id) ?? (await this.#mirror.read([id])).get(id);
  }

  /** Whether a record may be known by another key than its row was written under. */
  isRenamed(id: string): boolean {
    return this.#changed.has(id) || this.#mirror.renamed.has(id);
  }

  /** Takes down what was written to a record, as far as that decides by what it is found. */
  async change(id: string, written: Shown): Promise<void> {
    if (!IDENTITY.some((field) => field in written)) return;
    const before = await this.read(id);
    if (before === undefined) return;
    for (const key of this.#keysOf(before.shown)) this.#idsByKey.get(key)?.delete(id);
    this.#put({ ...before, shown: { ...before.shown, ...written } });
  }

  #add(shown: Shown): Mirrored {
    this.#made += 1;
    const id = `estimated ${this.#made}`;
    // Younger than all that was there.
    const record = { id, createdAt: Number.MAX_SAFE_INTEGER - 1e12 + this.#made, shown: { ...shown, id } };
    this.#put(record);
    return record;
  }

  #put(record: Mirrored): void {
    this.#changed.set(record.id, record);
    for (const key of this.#keysOf(record.shown)) {
      const ids = this.#idsByKey.get(key) ?? new Set();
      this.#idsByKey.set(key, ids.add(record.id));
    }
  }

  #match(keys: readonly string[], found: ByKey, by: Matching): Mirrored | undefined {
    // Without `run_dedupe` CRM ids count all the same (docs.apollo.io/reference/bulk-create-accounts, 2026-08-19).
    for (const kinds of by === 'every key' ? rules[this.#object] : rules[this.#object].slice(0, 1)) {
      const known = this.#candidates(
        keys.filter((key) => kinds.includes(kindOf(key))),
        found,
      );
      if (known.length > 0) return known.reduce((first, one) => (isOlder(one, first) ? one : first));
    }
    return undefined;
  }

  /** Of what the mirror shows, only what still is so. */
  #candidates(keys: readonly string[], found: ByKey): readonly Mirrored[] {
    return keys.flatMap((key) => [
      ...(found.get(key) ?? []).filter(({ id }) => !this.#changed.has(id)),
      ...[...(this.#idsByKey.get(key) ?? [])].map((id) => this.#changed.get(id)!),
    ]);
  }

  // Whether Apollo counts a free-mail host as a company is not documented (P69).
  #keysOf(shown: Shown): readonly string[] {
    return identityOfAnswer(this.#object, shown).filter(
      (key) => kindOf(key) !== 'name+domain' || !isFreeMail(key.slice(key.lastIndexOf('|') + 1)),
    );
  }
}

/** What was made and renamed is the same for all streams that look into one mirror. */
const models = new WeakMap<Mirror, ModelRecords>();

/** The records of a mirror, one after another stream. */
export function modelOf(object: ObjectName, mirror: Mirror): ModelRecords {
  const model = models.get(mirror) ?? new ModelRecords(object, mirror);
  models.set(mirror, model);
  return model;
}

const IDENTITY = [
  'email',
  'contact_emails',
  'domain',
  'name',
  'first_name',
  'last_name',
  'organization_name',
  'organization_id',
];

function isOlder(a: Mirrored, b: Mirrored): boolean {
  const [made, other] = [a.createdAt ?? 0, b.createdAt ?? 0];
  return made === other ? a.id < b.id : made < other;
}
