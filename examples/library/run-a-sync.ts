import { ConfigFailure, sync } from 'destination-apollo';

/** Syncs once, tells of it on the way, and says whether every row has its outcome. */
export async function syncOnce(config: unknown, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const event of sync(config, { signal, onNotice: ({ message }) => console.error(message) })) {
      if (event.type === 'progress') console.error(`${event.stream.name}: ${event.stream.read} rows`);
      if (event.type !== 'finished') continue;
      const { status, streams } = event.summary;
      for (const { name, created, updated, rejected } of streams) console.log({ name, created, updated, rejected });
      return status === 'succeeded';
    }
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    console.error(`${error.code}: ${error.message}`);
  }
  return false;
}
