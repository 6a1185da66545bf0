import { Failure } from '../../runtime/contract/failure.ts';
import type { Client } from './client.ts';
import { endpoints } from './endpoints.ts';
import type { QuotaConfig } from './quota.ts';
import { anything } from './wire.ts';

/**
 * Has Apollo tell its rate limits where plan `auto` needs them and no answer, of this run or an earlier one, has shown them: by
 * one request, the one that a run begins with, whose headers count. Resolves with why they are still not known, in words for a
 * person, or with nothing where they are. A failure of the request is not the caller's: limits are assumed without it.
 */
export async function learnLimits(
  client: Client,
  plan: QuotaConfig['plan'],
  signal: AbortSignal,
): Promise<string | undefined> {
  const isKnown = () => plan !== 'auto' || client.areLimitsKnown();
  if (isKnown()) return undefined;
  const refusal = await refusalOf(client, signal);
  if (isKnown()) return undefined;
  return `rate_limits.plan: what Apollo allows is not known, so the limits of Free are assumed. ${refusal}`;
}

/** Asks once, unless it was asked before. Nothing that is known of the limits then is worth waiting for. */
async function refusalOf(client: Client, signal: AbortSignal): Promise<string> {
  const { profile } = endpoints.users;
  if (client.counters().calls[profile.display] === undefined) {
    try {
      await client.call(profile, { schema: anything, idempotent: true, maxWaitMs: 0, maxRetries: 0 }, signal);
    } catch (failure) {
      if (signal.aborted || !(failure instanceof Failure)) throw failure;
      return failure.message;
    }
  }
  return `The answer to ${profile.display} does not tell them. Set the plan that your team has.`;
}
