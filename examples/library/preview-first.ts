import { preview, run } from 'destination-apollo';

/** Runs only where it would make no more records than that. */
export async function runIfSmall(config: unknown, mostNew: number): Promise<string> {
  const { streams } = await preview(config);
  const created = streams.reduce((sum, stream) => sum + stream.new.max, 0);
  if (created > mostNew) return `not run: up to ${created} new records`;
  const { status } = await run(config);
  return status;
}
