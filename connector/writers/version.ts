import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Field } from '../../catalog/object.ts';
import { fingerprintOf } from '../../runtime/deliver/fingerprint.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import { writeMode } from './modes.ts';

/**
 * Equal as long as equal rows make equal requests: a hash of what the configuration says of a stream and of the fields it
 * writes. `apart` does not count. Nor does what a workspace has to choose from: a stage, a user or an option that
 * somebody adds changes nothing about rows that were written.
 */
export function versionOf(
  stream: StreamConfig,
  { columns, fields }: Pick<CompiledMapping, 'columns' | 'fields'>,
): string {
  const written = Object.fromEntries(Object.entries(stream).filter(([key]) => !apart.has(key as keyof StreamConfig)));
  const mapping = stream.mapping.map(({ create: _, ...entry }) => entry);
  const membership = stream.membership && { ...stream.membership, ids_per_call: undefined };
  // Whether an account is created decides who waits, not what is written.
  const account = stream.account && { ...stream.account, create: undefined };
  const policies = {
    ...written,
    ...(account && { account }),
    mapping,
    mode: writeMode(stream),
    ...(membership && { membership }),
  };
  // The columns decide where no mapping is written.
  const text = JSON.stringify([policies, stream.mapping.length > 0 ? [] : columns, fields.map(definitionOf)]);
  return fingerprintOf(text).slice(0, 16);
}

/** Where rows come from, what happens to those that are gone, and whether what is missing is made. */
const apart: ReadonlySet<keyof StreamConfig> = new Set([
  'name',
  'table',
  'query',
  'on_removed',
  'max_removed_percent',
  'create_fields',
  'create_options',
  'decisions',
] as const);

/** What of a field decides which values are sent; its description does not, nor what it can be chosen from. */
const definitionOf = ({ name, type, maxLength, items, identity, writable }: Field) => ({
  name,
  type,
  maxLength,
  items,
  identity,
  writable,
});
