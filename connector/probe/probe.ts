import type { Evidence } from './evidence.ts';

/** What Apollo was found to do: one of a few words, or several of them, sorted. Never a text that Apollo wrote. */
export type Finding = string | readonly string[];

/** One thing that is assumed of Apollo, and how a live workspace settles it. */
export interface Probe {
  /** `P07`: comments in the code name it. */
  readonly id: string;
  /** Its name in `probe.json`. */
  readonly fact: string;
  /** The assumption in a sentence. */
  readonly assumption: string;
  /** Where it is from. */
  readonly source: string;
  /** The requests whose answers decide it, by name. */
  readonly asks: readonly string[];
  /** What is found where the assumption holds. */
  readonly expected: Finding;
  /** How the answers decide; undefined where they do not. */
  readonly decide: (evidence: Evidence) => Finding | undefined;
  /** What another answer means for whoever runs this program. */
  readonly otherwise: string;
  /** The file that depends on it; absent where nothing does. */
  readonly dependsOn?: string;
  /** The quirk of the emulator that stands for other answers. */
  readonly quirk?: string;
  /** What has to be there for it to be asked, where a workspace may not have it. */
  readonly needs?: string;
}

export const sameFinding = (one: Finding, other: Finding): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A page of Apollo's reference, as a source. */
export const documented = (page: string): string => `docs.apollo.io/reference/${page}, 2026-08-19`;

/** What a probe needs that counts on having made its contacts itself. */
export const NEW = 'it takes contacts that are new to the workspace, and an earlier probe has made them';
