import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Config } from '../../spec/config.ts';

/** The secret, and the header it goes in (docs.apollo.io/reference/authentication, 2026-07-23). */
export function authorisationOf(credentials: Config['credentials']): {
  secret: string;
  headers: Record<string, string>;
} {
  const isKey = credentials.auth_type === 'api_key';
  const secret = (isKey ? credentials.api_key : credentials.access_token).trim();
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    const name = isKey ? 'api_key' : 'access_token';
    throw new ConfigFailure(
      `credentials.${name} is empty, or holds spaces or characters that no HTTP header carries.`,
      {
        code: 'invalid_config',
      },
    );
  }
  return { secret, headers: isKey ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` } };
}
