import type { ProxyEnvironment } from '../http/proxy.ts';
import type { KeyFinding } from './init-columns.ts';
import type { Input, Origin, Sample } from './init-source.ts';

/** A field, the column it is taken from, and why. */
interface SuggestedEntry {
  readonly to: string;
  readonly from: string;
  readonly why: string;
  /** A value that does not fit is left out, and the rest of its row is written. */
  readonly isOptional?: true;
}

/** What is suggested for the columns of a source. No value of a row stands in it. */
export interface Suggestion {
  readonly mapping: readonly SuggestedEntry[];
  /** What could be mapped as well, and what that costs in the whole, in words for a person. */
  readonly costly: readonly (SuggestedEntry & { readonly cost: string })[];
  /** Columns that stand for no field, and why, where there is more to say than that. */
  readonly left: readonly { readonly column: string; readonly why?: string }[];
  /** The field by which records are found. */
  readonly matchField: string;
  /** Whether what is mapped is enough to find records by. */
  readonly isIdentified: boolean;
  /** The fields that together find records as well, where the match field is missing: one text for each way. */
  readonly otherWays: readonly string[];
  /** The columns with a value that fits the match field, and whether most of their values do. */
  readonly matchable: readonly { readonly column: string; readonly isMost: boolean }[];
  /** The columns that may name a row, judged by their names, the likeliest first. */
  readonly keys: readonly string[];
  /** What could not be learned, in words for a person. */
  readonly notes: readonly string[];
}

/** The way to the workspace. */
export interface Access {
  readonly apiBaseUrl: string | undefined;
  /** Absent: nothing is asked of the destination. */
  readonly key: string | undefined;
  readonly proxy: ProxyEnvironment;
}

/** What a configuration is to say. */
export interface Scaffold extends Origin {
  /** What the stream is called. */
  readonly name: string;
  readonly input: Input;
  readonly object: string;
  readonly key: KeyFinding;
  readonly keyVariable: string;
  readonly apiBaseUrl: string | undefined;
  readonly suggestion: Suggestion;
  /** The file it is written to, for its own comments. */
  readonly path: string;
}

/** What a destination knows that helps to begin: its objects, which field a column is meant for, how it is all written. */
export interface Scaffolder {
  readonly objects: readonly string[];
  /** The environment variable that usually holds the key. */
  readonly keyVariable: string;
  /** Where the schema for editors goes, from the folder of the configuration. */
  readonly schemaPath: string;
  /** The strict JSON Schema of the configuration. */
  schema(): object;
  /** Suggests a mapping; asks the workspace for what it has of its own where there is a key. */
  suggest(object: string, sample: Sample, access: Access, signal: AbortSignal): Promise<Suggestion>;
  /** The text of a configuration file. */
  text(scaffold: Scaffold): string;
  /** The text of a configuration file with one more stream. Throws ConfigFailure where there is no place for it. */
  extended(text: string, scaffold: Scaffold): string;
}
