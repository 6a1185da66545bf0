import type { StepLimits } from '../../runtime/contract/writer.ts';
import type { Endpoint } from '../api/endpoints.ts';
import type { Target } from '../record/target.ts';

/** How a step batches for an endpoint. */
export const limitsOf = ({ maxRecords, maxBytes }: Endpoint): StepLimits => ({
  maxRecords,
  maxBytes,
  // The hourly quota binds, not the latency: four requests in flight spend 400 in two minutes.
  maxInFlight: 4,
  // A run through whose records other steps pass by while the quota of this one opens: a day's worth of PATCHes on most plans.
  maxWaiting: 2000,
  // Finding one record by halves takes two requests a halving, 14 among 100: with two more every run makes progress.
  maxIsolation: 2 * Math.ceil(Math.log2(maxRecords)) + 2,
  maxLost: 8,
});

/** As many ids in a request as the stream says, of an endpoint for which no limit is documented. */
export const listLimits = (endpoint: Endpoint, { idsPerCall = endpoint.maxRecords }: Target): StepLimits =>
  limitsOf({ ...endpoint, maxRecords: idsPerCall });
