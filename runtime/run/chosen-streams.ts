import type { StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';

/** Which streams of a configuration a run is for. */
export interface StreamChoice {
  /** Only those of these names; empty for all that are enabled. */
  readonly only: readonly string[];
  /** Whether those that are named run though the configuration has them disabled. */
  readonly enable?: boolean | undefined;
}

/** The places of the streams that a run takes. Throws ConfigFailure for a name that is not there, or is disabled. */
export function chosenStreams(streams: readonly StreamConfig[], { only, enable }: StreamChoice): readonly number[] {
  for (const name of only) {
    const found = streams.findIndex((stream) => stream.name === name);
    if (found < 0) {
      const names = streams.map((stream) => stream.name).join(', ');
      throw new ConfigFailure(`--stream ${name}: no such stream; the configuration has ${names}.`, {
        code: 'unknown_stream',
      });
    }
    if (streams[found]!.enabled === false && !enable) {
      const message = `--stream ${name}: streams[${found}].enabled is false. Say --enable to run it this once, or set it to true.`;
      throw new ConfigFailure(message, { code: 'stream_disabled' });
    }
  }
  const isChosen = ({ name, enabled }: StreamConfig): boolean =>
    only.length > 0 ? only.includes(name) : enabled !== false;
  return streams.flatMap((stream, index) => (isChosen(stream) ? [index] : []));
}

/** The notice about streams that a run leaves out though no option left them out. */
export const leftOutTexts = (streams: readonly StreamConfig[], { only }: StreamChoice): readonly string[] =>
  streams.flatMap(({ name, enabled }, index) =>
    only.length === 0 && enabled === false
      ? [`streams[${index}].enabled is false: ${name} is left out. --stream ${name} --enable runs it once.`]
      : [],
  );
