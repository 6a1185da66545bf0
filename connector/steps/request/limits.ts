import type { StepLimits } from '../../../runtime/contract/writer.ts';
import type { Endpoint } from '../../api/endpoints.ts';
import type { Target } from '../../record/target.ts';

/** How a step batches for an endpoint. */
export const limitsOf = (
  { maxRecords, maxBytes, action }: Endpoint,
  { apollo }: Pick<Target, 'apollo'>,
): StepLimits => ({
  maxRecords,
  maxBytes,
  // The hourly quota binds, not the latency: four requests in flight spend 400 in two minutes.
  maxInFlight: 4,
  // A run through whose records other steps pass by while the quota of this one opens: a day's worth of PATCHes on most plans.
  maxWaiting: 2000,
  // Half of the longest window, by what is known of it: the other half is for records that are not at fault.
  get maxRefused() {
    const windows = (apollo.quota()[action] ?? []).filter(({ limit }) => limit > 0);
    return windows.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...windows.map(({ limit }) => limit)) / 2;
  },
  maxLost: 8,
});

/** As much, for a step that writes. */
export const writingLimits = (endpoint: Endpoint, target: Pick<Target, 'apollo'>): StepLimits =>
  Object.assign(limitsOf(endpoint, target), { closed: () => target.apollo.closed(endpoint) });

/** As many ids in a request as the stream says, of an endpoint for which no limit is documented. */
export const listLimits = (endpoint: Endpoint, target: Target): StepLimits =>
  writingLimits({ ...endpoint, maxRecords: target.idsPerCall ?? endpoint.maxRecords }, target);
