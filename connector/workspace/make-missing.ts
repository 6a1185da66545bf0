import { type CustomFieldItem, customFieldsNamed, customIdOf, optionsListed } from '../../catalog/custom-field.ts';
import { type Missing, stillMissing } from '../../catalog/missing.ts';
import type { DestinationObject, Field } from '../../catalog/object.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../runtime/contract/failure.ts';
import type { Client } from '../api/client.ts';
import { endpoints } from '../api/endpoints.ts';
import { anything, fieldsCreated } from '../api/wire.ts';
import type { Workspace } from './workspace.ts';

/** How often the lists of custom fields are asked for by a run that makes something: before, and after. */
export const LOOKUPS = { [endpoints.fields.index.display]: 2, [endpoints.fields.typed.display]: 2 } as const;

/** What it is made with. */
interface MakingAround {
  readonly client: Client;
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/**
 * Makes custom fields and options of picklists that are still missing when it looks again, each with one request, and
 * resolves with what it has made once the workspace shows it. A request whose answer is lost is looked for, and never
 * sent again.
 */
export async function makeMissing(
  object: DestinationObject,
  missing: Missing,
  around: MakingAround,
  signal: AbortSignal,
): Promise<Missing> {
  if (isNothing(missing)) return missing;
  // Apollo takes two fields of one label, and runs that begin in one moment would not see each other's.
  await pause(around.clock, Math.floor(around.clock.random() * SPREAD_MS), signal);
  around.workspace.forgetCustomFields();
  const wanted = stillMissing(await fieldsOf(object, around), missing);
  if (isNothing(wanted)) return wanted;

  const asked: Asked[] = [];
  for (const field of wanted.fields) asked.push(await askForField(object, field, around.client, signal));
  for (const options of wanted.options) await addOptions(object, options, around, signal);
  around.workspace.forgetCustomFields();
  for (const { id, field } of asked) if (id !== undefined) around.workspace.addCustomField(itemOf(object, field, id));

  const isRefused = asked.some(({ refusal }) => refusal !== undefined);
  const isThere = (fields: readonly Field[]): boolean => isNothing(stillMissing(fields, wanted));
  if (!(await shows(isThere, object, around, signal, isRefused ? SHORT_WAITS_MS : WAITS_MS)))
    throw notShown(object, asked, stillMissing(await fieldsOf(object, around), wanted));
  for (const one of asked) await yieldLabel(object, one, around, signal);
  return wanted;
}

// Long enough that two schedulers that fire at the same second get different ones, most of the time.
const SPREAD_MS = 1000;
// How long a new field may stay out of lists is not documented (2026-08-19; P67, and for a second label P68).
const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const SHORT_WAITS_MS = WAITS_MS.slice(0, 3);

/** A field that was asked for, and what the answer said. */
interface Asked {
  readonly field: Missing['fields'][number];
  /** As values are written by; absent where it has to be looked for. */
  readonly id?: string | undefined;
  readonly refusal?: RecordFailure;
}

async function askForField(
  { singular }: DestinationObject,
  field: Missing['fields'][number],
  client: Client,
  signal: AbortSignal,
): Promise<Asked> {
  const body = { label: field.label, modality: singular, type: field.type };
  try {
    const ids = await client.call(endpoints.fields.create, { body, schema: fieldsCreated, idempotent: false }, signal);
    // The published sample shows a UUID (P66); values are written by ids of 24 digits.
    return { field, id: ids.find((id) => /^[0-9a-f]{24}$/i.test(id)) };
  } catch (failure) {
    if (isLost(failure)) return { field };
    // Another run may have made it since, and a second one be refused.
    if (failure instanceof RecordFailure) return { field, refusal: failure };
    throw failure;
  }
}

/** Adds options to a picklist. A request replaces all of them, so that those that are there go along, with their ids. */
async function addOptions(
  { name, singular }: DestinationObject,
  { field, names }: Missing['options'][number],
  { client, workspace }: MakingAround,
  signal: AbortSignal,
): Promise<void> {
  const id = customIdOf(field)!;
  const present = optionsListed((await workspace.customFieldItems()).value, id) ?? [];
  const picklist_values = [...present, ...names.map((option) => ({ name: option }))];
  const body = { fields: [{ id: `${singular}.${id}`, meta: { picklist_values } }] };
  try {
    await client.call(endpoints.fields.update, { body, schema: anything, idempotent: false }, signal);
  } catch (failure) {
    if (isLost(failure)) return;
    if (!(failure instanceof RecordFailure)) throw failure;
    // Its text may quote an option, which is a value of a row.
    throw new ConfigFailure(
      `Apollo refused new options of the custom field "${field.title}" of ${name}. Add them in Apollo, or leave create_options out.`,
      { code: 'option_refused', endpoint: endpoints.fields.update.display, httpStatus: failure.httpStatus },
    );
  }
}

const isLost = (failure: unknown): boolean => failure instanceof TransientFailure && failure.delivery === 'unknown';

/** A field as lists would show it. */
const itemOf = (
  { singular }: DestinationObject,
  { label, type }: Missing['fields'][number],
  id: string,
): CustomFieldItem => ({
  id,
  label,
  modality: singular,
  type,
});

/**
 * Where another run has made a field of the same label in the same moment, the older one keeps the label, and whoever made
 * the other gives its own another name: no field can be deleted.
 */
async function yieldLabel(
  object: DestinationObject,
  { field: { label }, id }: Asked,
  around: MakingAround,
  signal: AbortSignal,
): Promise<void> {
  const twins = customFieldsNamed(await fieldsOf(object, around), label).map((twin) => customIdOf(twin)!);
  if (twins.length < 2) return;
  // Ids begin with the time of their making.
  if (id !== undefined && twins.toSorted()[0] !== id && twins.includes(id)) {
    const body = { fields: [{ id: `${object.singular}.${id}`, label: `${label} (not used)` }] };
    await around.client.call(endpoints.fields.update, { body, schema: anything, idempotent: true }, signal);
    around.workspace.forgetCustomFields();
    around.warn(
      `Another run made the custom field "${label}" of ${object.name} at the same time. Its field is used; the one of this run is called "${label} (not used)".`,
    );
  }
  // Where it stays so, the mapping says which ids there are to choose from.
  await shows((fields) => customFieldsNamed(fields, label).length === 1, object, around, signal, WAITS_MS);
}

const fieldsOf = async (object: DestinationObject, { workspace }: MakingAround): Promise<readonly Field[]> =>
  (await workspace.customFields(object)).value;

const isNothing = ({ fields, options }: Missing): boolean => fields.length === 0 && options.length === 0;

/** Whether the workspace comes to show something, within these waits. */
async function shows(
  isShown: (fields: readonly Field[]) => boolean,
  object: DestinationObject,
  around: MakingAround,
  signal: AbortSignal,
  waitsMs: readonly number[],
): Promise<boolean> {
  for (const waitMs of waitsMs) {
    if (isShown(await fieldsOf(object, around))) return true;
    await pause(around.clock, waitMs, signal);
    around.workspace.forgetCustomFields();
  }
  return isShown(await fieldsOf(object, around));
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal);
  signal.throwIfAborted();
}

function notShown({ name }: DestinationObject, asked: readonly Asked[], { fields, options }: Missing): Error {
  const refused = asked.find(({ field, refusal }) => refusal && fields.some(({ label }) => label === field.label));
  if (refused?.refusal) {
    const { endpoint, httpStatus, message } = refused.refusal;
    return new ConfigFailure(
      `Apollo refused to make the custom field "${refused.field.label}" (${refused.field.type}) of ${name}: ${message}`,
      { code: 'field_refused', endpoint, httpStatus },
    );
  }
  const [label] = [...fields.map((field) => field.label), ...options.map(({ field }) => field.title)];
  return new TransientFailure(
    `Apollo was asked for the custom field "${label}" of ${name}, or for options of it, and does not show them yet. This run does not ask again, so that nothing is made twice: run again in a few minutes.`,
    { code: 'field_unconfirmed', delivery: 'unknown' },
  );
}
