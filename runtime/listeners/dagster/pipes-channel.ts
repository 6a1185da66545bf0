import { appendFileSync } from 'node:fs';
import type { PipesParameters } from './pipes-parameters.ts';

/** How lines leave the process, each by one write. */
interface LineWriters {
  readonly stdout: (line: string) => Promise<void>;
  readonly stderr: (line: string) => Promise<void>;
  /** `text` without secrets; the other two see to it themselves. */
  readonly mask: (text: string) => string;
}

/** Sends lines where Dagster reads them. */
interface LineSink {
  readonly send: (line: string) => Promise<void> | void;
  readonly close: () => Promise<void>;
}

/** A sink for a channel of any kind. */
export function sinkFor(channel: PipesParameters['channel'], writers: LineWriters): LineSink {
  if ('path' in channel) {
    // Dagster reads while this is written: a line must be whole, so it is one write, at once.
    return { send: (line) => appendFileSync(channel.path, `${writers.mask(line)}\n`), close: async () => undefined };
  }
  if ('stdio' in channel) return { send: writers[channel.stdio], close: async () => undefined };
  const write = writers[channel.buffered_stdio];
  const lines: string[] = [];
  return {
    send: (line) => void lines.push(line),
    close: async () => {
      for (const line of lines) await write(line);
    },
  };
}

/** The stream of the process that belongs to Dagster's messages alone; undefined where they go to a file. */
export const takenStream = (channel: PipesParameters['channel']): 'stdout' | 'stderr' | undefined =>
  'path' in channel ? undefined : 'stdio' in channel ? channel.stdio : channel.buffered_stdio;
