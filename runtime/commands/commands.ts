import { check } from './airbyte/check.ts';
import { discover } from './airbyte/discover.ts';
import { spec } from './airbyte/spec.ts';
import { write } from './airbyte/write.ts';
import { completion } from './completion.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { emulator } from './emulator.ts';
import { explain } from './explain.ts';
import { exportCommand } from './export.ts';
import { forget } from './forget.ts';
import { history } from './history.ts';
import { init } from './init.ts';
import { drift } from './inventory/drift.ts';
import { duplicates } from './inventory/duplicates.ts';
import { inventory } from './inventory/inventory.ts';
import { preview } from './preview.ts';
import { probe } from './probe.ts';
import { rejects } from './rejects.ts';
import { report } from './report.ts';
import type { Command } from './shared/command.ts';
import { stateAdopt } from './state/adopt.ts';
import { stateCopy } from './state/copy.ts';
import { status } from './status.ts';
import { streamRename } from './stream/rename.ts';
import { sync } from './sync.ts';
import { undo } from './undo.ts';
import { version } from './version.ts';

/** Every command, in the order in which help lists them. A new one is a file and a line here. */
export const commands: readonly Command[] = [
  demo,
  init,
  doctor,
  inventory,
  drift,
  duplicates,
  preview,
  sync,
  status,
  history,
  rejects,
  explain,
  report,
  undo,
  forget,
  stateAdopt,
  stateCopy,
  streamRename,
  exportCommand,
  probe,
  emulator,
  version,
  completion,
  spec,
  check,
  discover,
  write,
];
