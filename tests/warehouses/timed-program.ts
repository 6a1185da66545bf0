// The real program, whose time is that of a file: TEAM_TIME='{"path":"…","process":1}' node timed-program.mjs sync --config FILE
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../runtime/contract/clock.ts';
import { Listeners } from '../../runtime/listeners/listeners.ts';
import { ClockFile } from './clock-file.ts';

const { path, process: own } = JSON.parse(process.env['TEAM_TIME']!) as { path: string; process: number };
const file = new ClockFile(path);
const sleepers = new Set<number>();

/** How often a process that waits looks at the time, by the machine's. */
const LOOK_MS = 3;

systemClock.now = () => file.now;
systemClock.random = () => 0.5;
systemClock.sleep = async (ms, signal) => {
  if (signal.aborted || ms <= 0) return;
  const at = file.now + ms;
  sleepers.add(at);
  file.setWakeAt(own, Math.min(...sleepers));
  while (file.now < at && !signal.aborted) await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined);
  sleepers.delete(at);
  file.setWakeAt(own, sleepers.size === 0 ? 0 : Math.min(...sleepers));
};

// Listeners get a tick each second, for which no time has to pass.
Listeners.prototype.whileTicking = (work) => work();

// A process that was stopped finds that the machine's clock has gone on.
const machine = Date.now;
Date.now = () => machine() + file.stoppedMs(own);

await import('../../connector/main.ts');
