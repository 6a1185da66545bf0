import type { FileFormat } from '../../state/files.ts';
import type { Forgotten } from '../../state/forget.ts';
import type { RejectFilter } from '../../state/kept-rejects.ts';

/** Which state store, and how to tell of it. */
export interface StoreOptions {
  /** The configuration that names it. */
  readonly config: string | undefined;
  /** Its file, instead of what a configuration names. */
  readonly state: string | undefined;
  /** Absent: text on a terminal, JSON elsewhere. */
  readonly output: 'text' | 'json' | undefined;
}

/** A command that looks into a state store, or takes something out of it, without a run. */
export type StateCommand = StoreOptions &
  /** `costs`: also what each field has cost in calls. */
  (
    | { readonly name: 'history'; readonly limit: number; readonly costs: boolean }
    | ({
        readonly name: 'rejects';
        readonly limit: number | undefined;
        readonly file: { readonly path: string; readonly format: FileFormat } | undefined;
        /** Whether values of rows may be printed. */
        readonly showValues: boolean;
      } & RejectFilter)
    | { readonly name: 'explain'; readonly stream: string; readonly key: string; readonly showValues: boolean }
    | ({ readonly name: 'forget' } & Forgotten)
    /** `streams`: only these; empty for all of them and the workspace. */
    | { readonly name: 'state adopt'; readonly streams: readonly string[] }
    | { readonly name: 'export'; readonly to: string }
    | { readonly name: 'undo'; readonly run: string }
  );

/** What a command has to say, in both of its forms. */
export interface Said {
  readonly text: string;
  /** One line each. */
  readonly json: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
}
