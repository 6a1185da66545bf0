import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Field } from '../../catalog/object.ts';
import { fingerprintOf } from '../../runtime/deliver/fingerprint.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import { writeMode } from './modes.ts';

/**
 * Equal as long as equal rows make equal requests: a hash of what the configuration says of a stream, but for where its
 * rows come from and what becomes of those that are gone, and of the fields it writes. What a workspace has to choose from
 * does not count: a stage, a user or an option that somebody adds changes nothing about rows that were written.
 */
export function versionOf(
  stream: StreamConfig,
  { columns, fields }: Pick<CompiledMapping, 'columns' | 'fields'>,
): string {
  const { name: _, table: __, query: ___, on_removed: ____, max_removed_percent: _____, ...written } = stream;
  const membership = stream.membership && { ...stream.membership, ids_per_call: undefined };
  const policies = { ...written, mode: writeMode(stream), ...(membership && { membership }) };
  // The columns decide where no mapping is written.
  const text = JSON.stringify([policies, stream.mapping.length > 0 ? [] : columns, fields.map(definitionOf)]);
  return fingerprintOf(text).slice(0, 16);
}

/** What of a field decides which values are sent; its description does not, nor what it can be chosen from. */
const definitionOf = ({ name, type, maxLength, items, identity, writable }: Field) => ({
  name,
  type,
  maxLength,
  items,
  identity,
  writable,
});
