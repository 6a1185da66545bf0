import type { Call } from '../calls/call.ts';
import { AdvanceableClock, systemClock } from '../calls/clock.ts';
import { defaultQuirks, type Quirks, unknownQuirks } from '../calls/quirks.ts';
import { type Random, seededRandom } from '../calls/random.ts';
import { recordTrouble } from '../calls/record-trouble.ts';
import { Store } from '../store/store.ts';
import { furnish, TEAM_ID } from '../workspace/workspace.ts';
import { Credentials } from './credentials.ts';
import { type EditData, edit } from './editing.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { EmulatorOptions } from './options.ts';
import { RequestLog } from './request-log.ts';
import { type SeedData, seed } from './seeding.ts';
import type { Violation } from './strict.ts';
import { Trouble } from './trouble.ts';
import { type Limits, PLANS, type PlanName, Windows } from './windows.ts';

const DEFAULT_KEY = 'emulator-key';
const KEPT_VIOLATIONS = 1000;

/** One Apollo team as the emulator keeps it: records, settings, windows, script and log. */
export class Team {
  readonly options: EmulatorOptions;
  readonly clock: AdvanceableClock;
  readonly windows: Windows;
  readonly credentials: Credentials;
  readonly trouble = new Trouble();
  readonly log: RequestLog;
  readonly violations: Violation[] = [];
  readonly quirks: Quirks = { ...defaultQuirks };
  plan: PlanName | Limits = 'professional';
  strict = true;
  #store: Store;
  #random: Random;

  constructor(options: EmulatorOptions) {
    this.options = options;
    this.clock = new AdvanceableClock(options.clock ?? systemClock);
    this.windows = new Windows(this.clock);
    this.credentials = new Credentials(options.keys ?? [{ key: DEFAULT_KEY }], options.tokens ?? []);
    this.log = new RequestLog(options.logCapacity ?? 10_000);
    this.#store = this.#newStore();
    this.#random = seededRandom(options.seed ?? 1);
    this.#start();
  }

  /** The records, with every job done that is due by now. */
  get store(): Store {
    this.#store.runDueJobs();
    return this.#store;
  }

  get random(): Random {
    return this.#random;
  }

  /** As it was when it was started: records, settings, windows, script, log, ids. The clock goes on. */
  reset(): void {
    this.#store = this.#newStore();
    this.#random = seededRandom(this.options.seed ?? 1);
    this.windows.clear();
    this.credentials.restore();
    this.trouble.clear();
    this.log.clear();
    this.violations.length = 0;
    this.#start();
  }

  /** Throws on a name that is not a quirk. */
  setQuirks(changes: Partial<Quirks>): void {
    const [stray] = unknownQuirks(changes);
    if (stray !== undefined)
      throw new Error(`unknown quirk "${stray}"; known: ${Object.keys(defaultQuirks).join(', ')}`);
    Object.assign(this.quirks, changes);
    this.#store.past.isKept = this.quirks.searchLagMs > 0;
  }

  seed(data: SeedData): Record<keyof SeedData, number> {
    return seed(this.#callOf('seed'), data);
  }

  /** Changes records as somebody does in Apollo's own pages. Throws on one that is not there. */
  edit(data: EditData): { readonly edited: number } {
    return edit(this.#callOf('edit'), data);
  }

  /** What the emulator does by itself, in the form of a request that everything is allowed to. */
  #callOf(action: string): Call {
    return {
      action,
      params: {},
      query: new URLSearchParams(),
      body: {},
      store: this.store,
      quirks: { ...this.quirks, invalidEmail: 'dropped', unknownReferences: 'accepted', untaken: [] },
      random: this.#random,
      nowMs: this.clock.now(),
      actor: this.store.actingUser(),
      customFieldsIgnored: false,
      trouble: recordTrouble([]),
      usageStats: () => ({}),
    };
  }

  report(violation: Violation): void {
    this.violations.push(violation);
    if (this.violations.length > KEPT_VIOLATIONS) this.violations.shift();
  }

  limitsOf(action: string, plan: PlanName | Limits | null): Limits {
    const limits = plan ?? this.plan;
    return this.options.limits?.[action] ?? (typeof limits === 'string' ? PLANS[limits] : limits);
  }

  // Keys are JSON arrays of controller and action (docs.apollo.io/reference/view-api-usage-stats, 2026-08-21). The
  // sample lists neither bulk calls nor accounts create and update.
  usageStats(plan: PlanName | Limits | null): Record<string, unknown> {
    const listed = ENDPOINTS.filter(({ inUsageSample }) => inUsageSample || this.quirks.usageStats === 'all');
    return Object.fromEntries(
      listed.map(({ action }) => {
        const [controller, name] = action.split('/');
        const key = `["api/v1/${controller}", "${name}"]`;
        return [key, this.windows.usage(action, this.limitsOf(action, plan))];
      }),
    );
  }

  #newStore(): Store {
    return new Store(this.options.teamId ?? TEAM_ID, this.options.seed ?? 1, this.clock);
  }

  #start(): void {
    const { options } = this;
    Object.assign(this.quirks, defaultQuirks);
    this.setQuirks(options.quirks ?? {});
    this.plan = options.plan ?? 'professional';
    this.strict = options.strict ?? true;
    furnish(this.#store);
    this.trouble.add(options.trouble ?? []);
    this.seed(options.data ?? {});
  }
}
