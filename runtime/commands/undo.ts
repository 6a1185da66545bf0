import { filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import type { Asked } from './shared/option.ts';
import { flag, optional, required } from './shared/option.ts';
import { config, output, telling, tellingOf, verbosity, verbosityOf } from './shared/options.ts';
import type { Said } from './shared/said.ts';
import type { Session } from './shared/session.ts';
import { print, type StoreSession, storeSession } from './shared/store.ts';
import { syncIn } from './sync.ts';

const options = {
  config: { ...config, says: 'the configuration that the run had; default: sync.yaml' },
  run: required('id', 'the run, or the beginning of its id', filled),
  apply: flag('do it; without this, say only what would be done'),
  output,
  runId: optional('id', 'name the run that undoes; default: a new id', filled),
  ...verbosity,
  ...telling,
};

/** Gives records back what a run has replaced, or says what that would take. */
export const undo = {
  ...defineCommand({
    name: 'undo',
    summary: 'give records back what a run has replaced',
    options,
    examples: [
      ['undo --config sync.yaml --run 1f0c2a9e', 'what it would take to give back what that run has replaced'],
      ['undo --config sync.yaml --run 1f0c2a9e --apply', 'give it back'],
    ],
    run: async (asked, session) => (asked.apply ? applied(asked, session) : planned(asked, session)),
  }),
  said: undoPlanSaid,
};

async function planned(asked: Asked<typeof options>, session: Session): Promise<number> {
  await print(await undoPlanSaid(asked, storeSession(session)), session, asked);
  return 0;
}

/** What it would take to undo a run. */
export async function undoPlanSaid(
  asked: { readonly config?: string | undefined; readonly run: string },
  session: StoreSession,
): Promise<Said> {
  const { config } = await session.configured(asked.config);
  const { undoPlan, undoSaid } = await import('./state/undo-plan.ts');
  return undoSaid(await undoPlan(session, config, await session.stateAt(asked.config), asked.run));
}

function applied(asked: Asked<typeof options>, session: Session): Promise<number> {
  const { run: undone, runId, output, config } = asked;
  const nothing = { streams: [], full: false, retryRejects: false, everyMs: undefined, report: undefined };
  const command = { config, output, runId, ...tellingOf(asked), undone, ...nothing, showValues: false };
  return syncIn(session, { ...command, verbosity: verbosityOf(asked) });
}
