import { type StreamConfig, streamSchema } from './stream.ts';

/** Under which name the accounts are remembered that are created for the contacts of a stream. */
export const accountsStreamOf = (contacts: string): string => `${contacts}.accounts`;

/** The stream of accounts that `account: {create: true}` of a stream of contacts implies: its rows are domains. */
export function impliedAccounts({ name, account, enabled }: StreamConfig): StreamConfig | undefined {
  if (account?.create !== true) return undefined;
  return streamSchema.parse({
    name: accountsStreamOf(name),
    enabled,
    object: 'accounts',
    mode: 'insert',
    mapping: [{ to: 'domain', from: 'domain' }],
  });
}
