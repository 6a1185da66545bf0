import { ConfigFailure } from '../contract/failure.ts';

/** Proxy URLs as the environment names them; an absent or empty one means no proxy. */
export interface ProxyEnvironment {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** One proxy, and the variable that names it. */
interface ProxyServer {
  readonly variable: string;
  readonly url: string;
  readonly hostname: string;
  readonly port: string;
}

/** The proxies of a run. */
export interface Proxies {
  readonly http: ProxyServer | undefined;
  readonly https: ProxyServer | undefined;
  readonly noProxy: string;
}

/** The proxy variables of an environment; the lower-case name wins, as in curl. */
export const proxyOf = (environment: Readonly<Record<string, string | undefined>>): ProxyEnvironment => ({
  httpProxy: environment['http_proxy'] ?? environment['HTTP_PROXY'],
  httpsProxy: environment['https_proxy'] ?? environment['HTTPS_PROXY'],
  noProxy: environment['no_proxy'] ?? environment['NO_PROXY'],
});

/** The proxies that these variables name; throws a ConfigFailure for one that cannot be a proxy, without its value. */
export const proxiesOf = ({ httpProxy, httpsProxy, noProxy }: ProxyEnvironment = {}): Proxies => ({
  http: proxyAt('http_proxy', httpProxy),
  https: proxyAt('https_proxy', httpsProxy),
  noProxy: noProxy ?? '',
});

function proxyAt(variable: string, value = ''): ProxyServer | undefined {
  if (value.trim() === '') return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value.trim()) ? value.trim() : `http://${value.trim()}`;
  const problem = problemOf(text);
  if (problem !== undefined) {
    throw new ConfigFailure(
      `The environment variable ${variable} is not a proxy URL: ${problem}. It should look like http://proxy:3128.`,
      { code: 'invalid_proxy' },
    );
  }
  const { hostname, port, protocol } = new URL(text);
  return { variable, url: text, hostname, port: port || defaultPorts[protocol] || '' };
}

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'socks:': '1080',
  'socks5:': '1080',
};

function problemOf(text: string): string | undefined {
  if (/["'`]/.test(text))
    return 'it holds quotation marks, which a shell takes off and an env file or a container does not';
  if (!URL.canParse(text)) return 'it cannot be read as a URL';
  const { protocol, pathname, search, hash } = new URL(text);
  if (!/^(https?|socks5?):$/.test(protocol)) return 'it begins with neither http:// nor https:// nor socks5://';
  return /^\/?$/.test(pathname) && search === '' && hash === '' ? undefined : 'it has a path behind the port';
}
