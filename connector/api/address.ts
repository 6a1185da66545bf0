import { ConfigFailure } from '../../runtime/contract/failure.ts';

export type Credentials =
  | { readonly auth_type: 'api_key'; readonly api_key: string }
  | { readonly auth_type: 'oauth'; readonly access_token: string };

export type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** The base URL without a slash at its end; throws a ConfigFailure for what must not see a key. */
export function checkedBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const loopback = url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return url.href.replace(/\/+$/, '');
  const message = 'api_base_url must start with https:// (plain http is accepted for loopback addresses only).';
  throw new ConfigFailure(message, { code: 'invalid_config' });
}

/** The base URL as messages and the state store may show it: without a user and a password. */
export const placeOf = (baseUrl: string): string => checkedBaseUrl(baseUrl).replace(/\/\/[^/@]*@/, '//');

/** The URL of a request: parameters escaped, lists in the query as `name[]=`, once for each value. */
export function urlOf(
  baseUrl: string,
  path: string,
  params: Readonly<Record<string, string>> = {},
  query: Query = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    // Without it, or with dots for it, the path would lead to another endpoint.
    if (value === undefined || /^\.{0,2}$/.test(value)) throw new Error(`The path ${path} lacks its ${name}.`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'object') for (const one of value) search.append(`${name}[]`, one);
    else search.append(name, String(value));
  }
  return `${baseUrl}/${filled}${search.size > 0 ? `?${search}` : ''}`;
}

/** The secret, and the header it goes in (docs.apollo.io/reference/authentication, 2026-07-23). */
export function authorisationOf(credentials: Credentials): { secret: string; headers: Record<string, string> } {
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
