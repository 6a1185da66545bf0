import { sameValue } from '../../catalog/current-value.ts';
import type { DestinationObject, ObjectName, WireValue } from '../../catalog/object.ts';
import { RecordFailure } from '../../runtime/contract/failure.ts';
import type { Inventory, InventoryOrder, InventoryPart } from '../../runtime/contract/inventory.ts';
import type { Client } from '../api/client.ts';
import { endpoints } from '../api/endpoints.ts';
import { searchPage, single } from '../api/wire.ts';
import { inventoryRecord } from '../record/inventory-record.ts';
import type { Workspace } from './workspace.ts';

// At most 100 records a page and 500 pages of one query (docs.apollo.io/reference/search-for-contacts, 2026-08-19; P23, P24).
const PAGE_SIZE = 100;
const MAX_PAGES = 500;

const sorts = {
  'oldest first': { field: 'created_at', ascending: true },
  'newest first': { field: 'created_at', ascending: false },
  'last changed first': { field: 'updated_at', ascending: false },
} as const satisfies Record<InventoryOrder, object>;

/** Filters that searches have, in the order in which they are tried: a record has one stage, and any number of lists. */
const filters = { stage: 'stage_ids', list: 'label_ids' } as const;

/**
 * Reads what a workspace has by search, which costs no credits and has a quota of its own. It is for paid plans, and needs a scope
 * (docs.apollo.io/reference/search-for-contacts and search-for-accounts, 2026-08-19; P22, P25).
 */
export function searchInventory(
  apollo: Client,
  objects: Readonly<Record<ObjectName, DestinationObject>>,
  workspaceOf: (signal: AbortSignal) => Workspace,
): Inventory {
  return {
    pageSize: PAGE_SIZE,
    maxPages: MAX_PAGES,
    aheadMs: () => apollo.skewMs(),
    async parts(name, signal) {
      const workspace = workspaceOf(signal);
      const stages = await workspace.stages(name as ObjectName);
      const lists = await workspace.labels(name as ObjectName);
      return [...stages.map(({ id }) => ({ by: 'stage', id })), ...lists.map(({ id }) => ({ by: 'list', id }))];
    },
    isSame(name, field, ours, theirs) {
      const known = objects[name as ObjectName].fields.find((one) => one.name === field);
      return sameValue(known ?? { type: 'text' }, ours as WireValue, theirs);
    },
    async read(name, id, signal) {
      const object = objects[name as ObjectName];
      const request = { params: { id }, idempotent: true, schema: single(object.name) };
      const shown = await apollo.call(endpoints[object.name].show, request, signal).catch(goneOf);
      // Of one that was merged into another, that one may be shown.
      return shown?.id === id ? inventoryRecord(object, shown) : undefined;
    },
    async lists(name, signal) {
      const labels = await workspaceOf(signal).labels(name as ObjectName);
      return new Map(labels.map((label) => [label.id, label.name]));
    },
    async page(asked, signal) {
      const object = objects[asked.object as ObjectName];
      const body = bodyOf(object, asked);
      const request = { body, idempotent: true, schema: searchPage(object.name) };
      const { records, total } = await apollo.call(endpoints[object.name].search, request, signal);
      return { records: records.map((record) => inventoryRecord(object, record)), total };
    },
  };
}

/** Nothing, where a refusal says that a record is not there. Throws any other failure. */
function goneOf(failure: unknown): undefined {
  if (!(failure instanceof RecordFailure) || failure.code !== 'record_deleted') throw failure;
}

function bodyOf({ singular }: DestinationObject, { order, page, part }: Parameters<Inventory['page']>[0]) {
  const { field, ascending } = sorts[order];
  return {
    ...filterOf(singular, part),
    sort_by_field: `${singular}_${field}`,
    sort_ascending: ascending,
    per_page: PAGE_SIZE,
    page,
  };
}

const filterOf = (singular: string, part: InventoryPart | undefined) =>
  part && { [`${singular}_${filters[part.by as keyof typeof filters]}`]: [part.id] };
