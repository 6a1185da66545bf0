import type { Probe } from '../probe.ts';
import { bulkProbes } from './bulk-probes.ts';
import { listingProbes } from './listing-probes.ts';
import { matchingProbes } from './matching-probes.ts';
import { searchingProbes } from './searching-probes.ts';
import { updatingProbes } from './updating-probes.ts';
import { valuingProbes } from './valuing-probes.ts';
import { workspaceProbes } from './workspace-probes.ts';

/** Every assumption that a probe run asks a live workspace about. The reference, the results and the exit code are made from it. */
export const allProbes: readonly Probe[] = [
  ...bulkProbes,
  ...matchingProbes,
  ...searchingProbes,
  ...updatingProbes,
  ...valuingProbes,
  ...listingProbes,
  ...workspaceProbes,
].toSorted((one, other) => one.id.localeCompare(other.id));
