import { ConfigFailure } from '../contract/failure.ts';
import { type Keys, scalarOf } from './config-file.ts';

/** A configuration with other values for one run, each written `KEY=VALUE`: `limits.max_calls=10`, `streams.contacts.mode=insert`. */
export const withSettings = (keys: Keys, settings: readonly string[]): Keys =>
  settings.reduce<Keys>((changed, setting) => withSetting(changed, setting), keys);

function withSetting(keys: Keys, setting: string): Keys {
  const [, path, text] = /^([^=\s]+?)=(.*)$/s.exec(setting) ?? [];
  // The value may be a secret, so that it is not shown.
  if (path === undefined) throw refused(setting.split('=')[0] ?? '', 'expected KEY=VALUE, such as limits.max_calls=10');
  return changed(keys, path.split(/\.|\[(\d+)\]\.?/).filter(Boolean), { path, value: scalarOf(text ?? '') }) as Keys;
}

interface Setting {
  readonly path: string;
  readonly value: unknown;
}

function changed(keys: unknown, [first, ...rest]: readonly string[], setting: Setting): unknown {
  if (first === undefined) return setting.value;
  if (Array.isArray(keys)) return changedIn(keys, first, rest, setting);
  if (keys !== undefined && (typeof keys !== 'object' || keys === null)) {
    throw refused(setting.path, `${first} would stand in a single value`);
  }
  const own: Keys = (keys ?? {}) as Keys;
  return { ...own, [first]: changed(own[first], rest, setting) };
}

/** An entry of a list is named by its `name`, as streams are, or by its number, from 0. */
function changedIn(list: readonly unknown[], first: string, rest: readonly string[], setting: Setting): unknown {
  const named = list.findIndex((each) => (each as Keys | null)?.['name'] === first);
  const index = named >= 0 ? named : /^\d+$/.test(first) ? Number(first) : -1;
  if (index < 0 || index >= list.length) {
    const names = list.map((each, at) => String((each as Keys | null)?.['name'] ?? at)).join(', ');
    throw refused(setting.path, `nothing there is called ${first}; there is ${names === '' ? 'nothing' : names}`);
  }
  return list.map((each, at) => (at === index ? changed(each, rest, setting) : each));
}

const refused = (path: string, why: string): ConfigFailure =>
  new ConfigFailure(`--set ${path}: ${why}.`, { code: 'invalid_usage' });
