import type { StreamConfig } from '../../spec/stream.ts';
import type { ExistingPolicy, Target } from '../record/target.ts';
import { addToLists } from '../steps/add-to-lists.ts';
import type { ApolloStep } from '../steps/apollo-step.ts';
import { assign, assignOwners } from '../steps/assign.ts';
import { bulkUpdate } from '../steps/bulk-update.ts';
import { create } from '../steps/create.ts';
import { createDespiteMatch } from '../steps/create-despite-match.ts';
import { finish } from '../steps/finish.ts';
import { inTurn } from '../steps/in-turn.ts';
import { lookUp } from '../steps/look-up.ts';
import { patch } from '../steps/patch.ts';
import { read } from '../steps/read.ts';

export type Mode = 'upsert' | 'insert' | 'update';

/** Whether a name match is another person may be known only once it has been read. */
const createDecided = (target: Target): readonly ApolloStep[] =>
  target.hasDecisions ? [createDespiteMatch(target)] : [];

// Each takes the records that need it.
const creating = [create, createDespiteMatch, read, createDecided];
const writing = [lookUp, assign, bulkUpdate, assignOwners, patch, addToLists];

/** Which requests a mode makes, in order. */
const stepsOf: Record<Mode, readonly ((target: Target) => ApolloStep | readonly ApolloStep[])[]> = {
  upsert: [...creating, ...writing],
  insert: [...creating, ...writing],
  update: [read, ...writing],
};

/** The steps of a stream. */
export const steps = (mode: Mode, target: Target): readonly ApolloStep[] =>
  inTurn([...stepsOf[mode].flatMap((step) => step(target)), finish], target);

/** What a stream does with the rows that its source has: mirror is upsert, and membership goes by an id or finds one. */
export function writeMode({
  mode,
  membership,
  apollo_id,
}: Pick<StreamConfig, 'mode' | 'membership' | 'apollo_id'>): Mode {
  if (membership) return apollo_id === undefined ? 'upsert' : 'update';
  return mode === 'mirror' ? 'upsert' : mode;
}

/** What happens to records that Apollo has: insert leaves them, whatever `on_existing` says. */
export const existingPolicy = (mode: Mode, onExisting: 'update' | 'skip' | 'fill_blanks'): ExistingPolicy => {
  if (mode === 'insert' || onExisting === 'skip') return 'keep';
  return onExisting;
};
