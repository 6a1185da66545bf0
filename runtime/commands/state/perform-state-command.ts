import type { Configured, Destination, RunConfig, Surroundings } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { SourceOptions } from '../../source/source.ts';
import { alter } from '../../state/alter.ts';
import { exportTables } from '../../state/export.ts';
import { forget } from '../../state/forget.ts';
import { exportRejects, rejectGroups, rejectLines } from '../../state/kept-rejects.ts';
import { lookInto } from '../../state/look.ts';
import { adopt } from '../../state/ownership.ts';
import { pastCosts, pastRuns } from '../../state/past-runs.ts';
import { rowFacts } from '../../state/row-facts.ts';
import { explanation } from './explanation.ts';
import { nextRun } from './next-run.ts';
import { adoptSaid, exportSaid, forgetSaid, historySaid, rejectsFileSaid, rejectsSaid } from './said.ts';
import type { Said, StateCommand } from './state-command.ts';
import { undoPlan, undoSaid } from './undo-plan.ts';

/** What these commands need of the process that they run in. */
export interface StateSession<C extends RunConfig> {
  readonly destination: Destination<C>;
  /** Reads and checks a configuration. */
  readonly configured: (path: string) => Promise<Configured<C>>;
  readonly source: SourceOptions;
  readonly surroundings: Surroundings;
  readonly run: AbortController;
}

/** Does what a command says. Throws ConfigFailure where there is no such state store, or somebody has it. */
export async function performStateCommand<C extends RunConfig>(
  session: StateSession<C>,
  command: StateCommand,
): Promise<Said> {
  const { source, surroundings } = session;
  const configured = command.config === undefined ? undefined : await session.configured(command.config);
  const path = command.state ?? pathOf(configured?.config);
  const around = { ...source, clock: surroundings.clock };
  switch (command.name) {
    case 'history':
      return lookInto(path, source, async (store) => {
        const costs = command.costs ? await pastCosts(store, command.limit) : undefined;
        return historySaid(await pastRuns(store, command.limit), costs);
      });
    case 'export':
      return exportSaid(command.to, await lookInto(path, source, (store) => exportTables(store, command.to)));
    case 'forget':
      return forgetSaid(command, await alter(path, 'forget', around, (store) => forget(store, command)));
    case 'state adopt':
      return adoptSaid(path, await alter(path, 'state adopt', around, (store) => adopt(store, command.streams)));
    case 'rejects':
      return rejects(session, path, command);
    case 'undo':
      return undoSaid(await undoPlan(session, configured!.config, path, command.run));
    case 'explain': {
      const facts = await lookInto(path, source, (store) => rowFacts(store, command.stream, command.key));
      const next = configured && (await nextRun(session, configured.config, path, command));
      return explanation(command, facts, next);
    }
  }
}

function rejects<C extends RunConfig>(
  { source }: StateSession<C>,
  path: string,
  command: Extract<StateCommand, { name: 'rejects' }>,
): Promise<Said> {
  const { file, limit } = command;
  return lookInto(path, source, async (store) => {
    if (file) return rejectsFileSaid(file, await exportRejects(store, command, file));
    return rejectsSaid(command, await rejectGroups(store, command), await rejectLines(store, command, limit));
  });
}

function pathOf(config: RunConfig | undefined): string {
  const { state } = config ?? {};
  if (state?.type === 'duckdb' && state.path !== undefined) return state.path;
  throw new ConfigFailure('state: the configuration keeps none (type: none); name its file with --state.', {
    code: 'no_state',
  });
}
