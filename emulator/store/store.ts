import type { Clock } from '../calls/clock.ts';
import { idSource } from '../calls/random.ts';
import { AccountTable } from './account-table.ts';
import { ContactTable } from './contact-table.ts';
import { LabelTable } from './label-table.ts';
import { PastVersions } from './past-versions.ts';
import type { Account, Contact, CustomField, Label, Modality, Stage, User } from './records.ts';

interface Job {
  readonly dueAt: number;
  readonly run: (nowMs: number) => void;
}

/** The whole state of one Apollo team; also what a test reads to see what really happened. */
export class Store {
  readonly contacts: ContactTable;
  readonly accounts: AccountTable;
  /** What records were before they were changed, for an index that lags behind. */
  readonly past: PastVersions;
  readonly labels = new LabelTable();
  readonly users = new Map<string, User>();
  readonly contactStages = new Map<string, Stage>();
  readonly accountStages = new Map<string, Stage>();
  /** Custom fields by their bare id. */
  readonly fields = new Map<string, CustomField>();
  readonly teamId: string;
  readonly nextId: () => string;
  readonly #clock: Clock;
  readonly #labelSets = new Map<string, readonly string[]>();
  #jobs: Job[] = [];

  constructor(teamId: string, seed: number, clock: Clock) {
    this.teamId = teamId;
    this.nextId = idSource(seed);
    this.#clock = clock;
    this.past = new PastVersions(() => clock.now());
    this.contacts = new ContactTable(this.past.keep);
    this.accounts = new AccountTable(this.past.keep);
  }

  /** As whom an API key acts: the longest-standing active admin (docs.apollo.io/reference/authentication, 2026-07). */
  actingUser(): User {
    const admins = [...this.users.values()].filter((user) => user.admin && !user.deleted);
    const first = admins.sort((a, b) => a.createdAtMs - b.createdAtMs)[0];
    if (first === undefined)
      throw new Error('emulator: the workspace has no active admin; seed a user with admin: true');
    return first;
  }

  /** The list of that name, created if there is none. */
  ensureLabel(name: string, modality: Modality, userId: string): Label {
    const known = this.labels.byName(name, modality);
    if (known !== undefined) return known;
    const now = this.#clock.now();
    const label: Label = {
      id: this.nextId(),
      name,
      modality,
      user_id: userId,
      book_of_business: null,
      members: new Set(),
      createdAtMs: now,
      updatedAtMs: now,
    };
    this.labels.add(label);
    return label;
  }

  addToLabel(record: Contact | Account, label: Label): void {
    if (label.members.has(record.id)) return;
    this.past.keep(record);
    label.members.add(record.id);
    label.updatedAtMs = this.#clock.now();
    record.label_ids = this.labelSet([...record.label_ids, label.id]);
  }

  removeFromLabel(record: Contact | Account, label: Label): void {
    if (!label.members.has(record.id)) return;
    this.past.keep(record);
    label.members.delete(record.id);
    label.updatedAtMs = this.#clock.now();
    record.label_ids = this.labelSet(record.label_ids.filter((id) => id !== label.id));
  }

  /** The lists that a record is in, in the order of its ids. */
  labelsOf(record: Contact | Account): Label[] {
    return record.label_ids.map((id) => this.labels.get(id)).filter((label) => label !== undefined);
  }

  /** One array for equal sets of lists: a million records in one list share it. */
  labelSet(ids: readonly string[]): readonly string[] {
    const key = ids.join();
    const known = this.#labelSets.get(key);
    if (known !== undefined) return known;
    this.#labelSets.set(key, ids);
    return ids;
  }

  /** Puts off a write until `delayMs` have passed. */
  later(delayMs: number, run: (nowMs: number) => void): void {
    this.#jobs.push({ dueAt: this.#clock.now() + delayMs, run });
  }

  /** Carries out the asynchronous jobs whose time has come. */
  runDueJobs(): void {
    const now = this.#clock.now();
    const due = this.#jobs.filter((job) => job.dueAt <= now);
    if (due.length === 0) return;
    this.#jobs = this.#jobs.filter((job) => job.dueAt > now);
    for (const job of due) job.run(now);
  }
}
