import type { Clock } from '../contract/clock.ts';
import type { Connection, Quota, RunConfig, SentCall, StreamConfig, Workspace } from '../contract/destination.ts';
import { noStateStore, type StateStore } from '../contract/state-store.ts';
import { WorkDatabase, type WorkOptions } from '../duckdb/work-database.ts';
import type { RejectLine } from '../facts/rejects.ts';
import type { RunSummary } from '../facts/report.ts';
import { requireOwner, type StreamFacts } from '../state/ownership.ts';
import { StateDatabase } from '../state/state-database.ts';

/** What a run of `write` is reminded of and remembers: the state store that its configuration names, or nothing. */
export class WriteState {
  readonly #work: WorkDatabase | undefined;
  readonly #state: StateDatabase | undefined;

  readonly #path: string;

  private constructor(work?: WorkDatabase, state?: StateDatabase, path = '') {
    this.#work = work;
    this.#state = state;
    this.#path = path;
  }

  /** Throws ConfigFailure where the file cannot be had. */
  static async open(
    { state }: RunConfig,
    { runId, clock, ...options }: WorkOptions & { readonly runId: string; readonly clock: Clock },
  ): Promise<WriteState> {
    if (state?.type !== 'duckdb' || state.path === undefined) return new WriteState();
    const work = await WorkDatabase.open(options);
    try {
      return new WriteState(work, await StateDatabase.open(work, { path: state.path, runId, clock }), state.path);
    } catch (error) {
      await work.close();
      throw error;
    }
  }

  /** Whether anything is remembered. */
  get isKept(): boolean {
    return this.#state !== undefined;
  }

  readonly noteCall = (call: SentCall): void => this.#state?.noteCall(call);

  async restore(quota: Quota | undefined): Promise<void> {
    if (this.#state && quota) quota.restore(await this.#state.quota());
  }

  /** Throws ConfigFailure where the store belongs to another workspace, or remembers other streams than these. */
  async own(workspace: Workspace | undefined, streams: readonly StreamFacts[]): Promise<void> {
    if (this.#state === undefined) return;
    requireOwner(await this.#state.ownership(), { workspace, streams }, this.#path);
    await this.#state.own(workspace, streams);
  }

  async keepQuota({ quota, workspace }: Pick<Connection<StreamConfig>, 'quota' | 'workspace'>): Promise<void> {
    if (quota && workspace) await this.#state?.keepQuota(workspace, quota.snapshot());
  }

  async stream(name: string, version: string | undefined): Promise<StateStore> {
    return (await this.#state?.stream({ stream: name, version, idsOnly: false })) ?? noStateStore;
  }

  /** Rejections of earlier runs that may not stand in the rejects file. */
  async unfiledRejects(): Promise<readonly RejectLine[]> {
    return (await this.#state?.unfiledRejects()) ?? [];
  }

  /** Keeps all that was learned, and how the run ended. */
  async finish(summary: RunSummary, { filesAll }: { readonly filesAll: boolean }): Promise<void> {
    await this.#state?.finish({ filesAll });
    await this.#state?.keepSummary(summary);
  }

  /** Gives the file back; what was not kept is lost. */
  async close(): Promise<void> {
    await this.#state?.close();
    await this.#work?.close();
  }
}
