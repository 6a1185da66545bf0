import * as z from 'zod';

/** The environment variable that is used where the configuration gives no API key. */
export const API_KEY_VARIABLE = 'APOLLO_API_KEY';

const variable = (name: string): string => `\${${name}}`;

const secret = { airbyte_secret: true, format: 'password', writeOnly: true } as const;

/** How requests are authenticated. */
export const credentialsSchema = z
  .discriminatedUnion('auth_type', [
    z
      .strictObject({
        auth_type: z.literal('api_key').meta({
          title: 'Authentication',
          description: 'The key is sent in the header `x-api-key`.',
          examples: ['api_key'],
        }),
        // A key read from a file often ends in a line break, which no header may carry.
        api_key: z
          .string()
          .trim()
          .min(1)
          .meta({
            title: 'API key',
            description: `A key from Settings > Integrations > API Keys in Apollo. Without it, the environment variable ${API_KEY_VARIABLE} is used.`,
            examples: [variable(API_KEY_VARIABLE)],
            environment: API_KEY_VARIABLE,
            ...secret,
          }),
      })
      .meta({ title: 'API key', description: 'A key of your Apollo team.' }),
    z
      .strictObject({
        auth_type: z.literal('oauth').meta({
          title: 'Authentication',
          description: 'The token is sent in the header `Authorization: Bearer`.',
          examples: ['oauth'],
        }),
        access_token: z
          .string()
          .trim()
          .min(1)
          .meta({
            title: 'Access token',
            description: 'An OAuth access token. It is used as it is, and not refreshed.',
            examples: [variable('APOLLO_ACCESS_TOKEN')],
            ...secret,
          }),
      })
      .meta({ title: 'OAuth', description: 'An access token of an OAuth application.' }),
  ])
  .meta({
    title: 'Credentials',
    description: `How requests are authenticated. When the whole key is left out, the environment variable ${API_KEY_VARIABLE} is used.`,
    examples: [{ auth_type: 'api_key', api_key: variable(API_KEY_VARIABLE) }],
    environment: API_KEY_VARIABLE,
    display_type: 'radio',
    group: 'connection',
  });

/** Where the API is: https, or http on this machine. */
export const baseUrlSchema = z
  .string()
  .check(({ value, issues }) => {
    const expected = addressFault(value);
    if (expected !== undefined) issues.push({ code: 'custom', input: value, message: expected });
  })
  .default('https://api.apollo.io/api/v1')
  .meta({
    title: 'API base URL',
    description: 'Where the Apollo API is. Plain http is accepted for loopback addresses only.',
    examples: ['https://api.apollo.io/api/v1', 'http://127.0.0.1:8080/api/v1'],
    format: 'uri',
    group: 'connection',
  });

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

/** What is wrong with an address that credentials are sent to, in the words of what is expected; undefined where nothing is. */
export function addressFault(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return 'a URL that starts with https://';
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'https:// (plain http is accepted for loopback addresses only)';
  }
  if (url.username !== '' || url.password !== '') return 'a URL without user name and password';
  return url.search === '' && url.hash === '' ? undefined : 'a URL without a query or fragment';
}
