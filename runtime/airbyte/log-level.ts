import type { logMessage } from '../contract/protocol.ts';

type LogLevel = Parameters<typeof logMessage>[0];

const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** The lowest level that is printed, by the environment's `LOG_LEVEL` in any case; INFO where that is another. */
export function lowestLevel(environment: Readonly<Record<string, string | undefined>>): LogLevel {
  const wanted = environment['LOG_LEVEL']?.trim().toUpperCase();
  if (wanted === 'WARNING') return 'WARN';
  return levels.find((level) => level === wanted) ?? 'INFO';
}

/** Whether a message of this level is printed. */
export const isPrinted = (level: LogLevel, lowest: LogLevel): boolean =>
  levels.indexOf(level) >= levels.indexOf(lowest);
