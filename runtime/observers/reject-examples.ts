import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { RejectLine } from '../rejects.ts';
import type { StreamReport } from '../report.ts';

/** The message of the first rejected row, by stream and code. */
export type RejectExamples = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where a run will write its first line: the end of the file as it is now. */
export async function endOf(path: string): Promise<number> {
  return stat(path).then(
    (file) => (file.isFile() ? file.size : 0),
    () => 0,
  );
}

/**
 * One message for each code that the streams report, from what this run wrote to the rejects file. A file that cannot
 * be read has none: the counts are told without.
 */
export async function rejectExamples(
  { path, from }: { readonly path: string; readonly from: number },
  runId: string,
  streams: readonly StreamReport[],
): Promise<RejectExamples> {
  const found: Record<string, Record<string, string>> = {};
  let missing = streams.reduce((sum, { reject_codes }) => sum + Object.keys(reject_codes).length, 0);
  if (missing === 0 || !(await stat(path).catch(() => undefined))?.isFile()) return found;
  const input = createReadStream(path, { start: from });
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const reject = parsed(line);
      if (reject?.run_id !== runId) continue;
      found[reject.stream] ??= {};
      const ofStream = found[reject.stream]!;
      if (ofStream[reject.code] !== undefined) continue;
      ofStream[reject.code] = reject.message;
      if (--missing === 0) break;
    }
  } catch {
    // What was found so far is still true.
  } finally {
    input.destroy();
  }
  return found;
}

function parsed(line: string): RejectLine | undefined {
  try {
    return JSON.parse(line) as RejectLine;
  } catch {
    return undefined;
  }
}
