import type { StepLimits } from '../../runtime/writer.ts';
import type { Endpoint } from '../endpoints.ts';

/** How a step batches for an endpoint. */
export const limitsOf = ({ maxRecords, maxBytes }: Endpoint): StepLimits => ({
  maxRecords,
  maxBytes,
  // The hourly quota binds, not the latency: four requests in flight spend 400 in two minutes.
  maxInFlight: 4,
  // Finding one record among 100 by halves takes 14 requests: with 16 every run makes progress.
  maxIsolation: 16,
  maxLost: 8,
});
