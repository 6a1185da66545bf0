import { ConfigFailure } from '../../runtime/contract/failure.ts';

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
