import { psql } from './support.ts';

/** Who is ended lets go of its locks at once; who does not within so many attempts of half a second each, never will. */
const ATTEMPTS = 40;

/**
 * Runs statements that a minute has passed for in which a stopped process was not heard of, though it may hold a lock on what they change.
 * The server ends who is idle in a transaction for a minute, and who takes the stream ends one that has stopped within a COPY: here that
 * minute is over. The server sees the connections of that process come from `ports`.
 */
export function psqlAfterMinute(ports: readonly number[], sql: string): string {
  for (let attempt = 1; ; attempt++) {
    letGo(ports);
    try {
      return psql(`set lock_timeout = '500ms'; ${sql}`);
    } catch (error) {
      // What the process had asked for before it was stopped may have come to its transaction only now.
      const isLocked = String(error).includes('canceling statement due to lock timeout');
      if (!isLocked || attempt === ATTEMPTS) throw error;
    }
  }
}

function letGo(ports: readonly number[]): void {
  if (ports.length === 0) return;
  psql(`select pg_terminate_backend(pid) from pg_stat_activity
    where client_port in (${ports.join(', ')}) and xact_start is not null and wait_event = 'ClientRead'`);
}
