import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isFolder } from '../config/make-folder.ts';
import type { RunSummary } from '../facts/report.ts';
import { failureOf } from '../text/failure-text.ts';
import type { Listener, ListenerEvent } from './listener.ts';

type Ended = Extract<ListenerEvent, { type: 'finished' | 'refused' }>;

/** Writes the summary as JSON to a file that an orchestrator picks up, if its folder is there: Airflow's XCom. */
export const resultFile = (path: string, mask: Mask): Listener =>
  fileAtEnd(path, mask, {
    isAsked: () => isFolder(dirname(path)),
    textOf: (end) => JSON.stringify(end.type === 'finished' ? end.summary : refusal(end)),
  });

// Kubernetes keeps no more of it (kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure, 2026-09).
const terminationBytesMax = 4096;

/** Writes how the run ended to the file that Kubernetes shows with the end of a container, if that is there. */
export const terminationLog = (path: string, mask: Mask): Listener =>
  fileAtEnd(path, mask, {
    isAsked: () => isWritable(path),
    textOf: (end) =>
      end.type === 'finished'
        ? terminationText(end.summary, end.exitCode)
        : JSON.stringify(refusal({ ...end, message: clipped(end.message) })),
  });

type Mask = (text: string) => string;

/** Writes a file when a run ends, if it is asked for. */
const fileAtEnd = (
  path: string,
  mask: Mask,
  { isAsked, textOf }: { readonly isAsked: () => boolean; readonly textOf: (end: Ended) => string },
): Listener => ({
  name: path,
  on(event) {
    if (event.type !== 'finished' && event.type !== 'refused') return;
    if (isAsked()) writeFileSync(path, mask(textOf(event)));
  },
});

/** How a run ended in at most 4096 bytes of JSON: what it takes to act, and the counts of as many streams as fit. */
export function terminationText(summary: RunSummary, exitCode: number): string {
  const { run_id, status, retry_at, streams, error_code } = summary;
  const message = failureOf(summary)?.message;
  const head = {
    run_id,
    status,
    exit_code: exitCode,
    retry_at,
    ...(message !== undefined && { error: clipped(message) }),
    ...(error_code !== undefined && { error_code }),
  };
  for (let shown = streams.length; shown >= 0; shown--) {
    const more = streams.length - shown;
    const text = JSON.stringify({ ...head, streams: streams.slice(0, shown), ...(more > 0 && { more_streams: more }) });
    if (Buffer.byteLength(text) <= terminationBytesMax) return text;
  }
  return JSON.stringify(head);
}

const refusal = ({ message, code, exitCode }: Extract<ListenerEvent, { type: 'refused' }>) => ({
  type: 'run_refused',
  exit_code: exitCode,
  error: message,
  error_code: code,
});

// In UTF-8 and JSON one character may take six bytes.
const clipped = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)} …` : text);

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
