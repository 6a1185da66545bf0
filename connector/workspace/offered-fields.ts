import type { DestinationObject, Field, Option } from '../../catalog/object.ts';
import { asGap, isGap, type Workspace } from './workspace.ts';

/**
 * All fields of an object that the workspace knows, with the choices that forms can offer: stages, users, lists, and options of
 * custom fields. A list of choices that the key may not read is a gap.
 */
export async function offeredFields(
  object: DestinationObject,
  workspace: Workspace,
): ReturnType<Workspace['customFields']> {
  const custom = await workspace.customFields(object);
  const gaps = [...custom.gaps];
  const fields: Field[] = [];
  for (const field of object.fields) {
    const options = await choices[field.type]?.(workspace, object).catch(asGap);
    if (isGap(options)) gaps.push(`${options.message} Without it, discover offers no choices for ${field.name}.`);
    fields.push(options === undefined || isGap(options) ? field : { ...field, options });
  }
  return { value: [...fields, ...custom.value], gaps };
}

type Choices = (workspace: Workspace, object: DestinationObject) => Promise<readonly Option[]>;

const choices: Readonly<Partial<Record<Field['type'], Choices>>> = {
  stage: (workspace, { name }) => workspace.stages(name),
  owner: (workspace) => workspace.users(),
  // Written by name, and only by it.
  lists: async (workspace, { name }) =>
    (await workspace.labels(name)).map((label) => ({ id: label.name, names: [label.name] })),
};
