import * as z from 'zod';
import { CREATABLE } from '../catalog/missing.ts';

/** What `on_invalid` may say. */
export const ON_INVALID = ['reject', 'drop'] as const;

/** One entry of `mapping`. */
export const fieldMappingSchema = z
  .strictObject({
    to: z
      .string()
      .min(1)
      .meta({
        title: 'Field',
        description: 'The Apollo field to write. A custom field is `custom:` and its label, or its id.',
        examples: ['email', 'custom:Customer Tier'],
      }),
    from: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Column',
        description: 'The source column whose value is written. Give either this or a constant.',
        examples: ['work_email'],
      }),
    constant: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .meta({
        title: 'Constant',
        description: 'The value to write to every record. Give either this or a column.',
        examples: ['Acme'],
      }),
    on_invalid: z
      .enum(ON_INVALID)
      .optional()
      .meta({
        title: 'Invalid values',
        description:
          'What happens to a row whose value does not fit this field: reject refuses the row, drop leaves the field as it is, writes the rest of the row and counts the value. Default: what the stream says.',
        examples: ['drop'],
      }),
    create: z
      .enum(CREATABLE)
      .optional()
      .meta({
        title: 'Create the field',
        description:
          'The type of the custom field that a run makes when the workspace has none of this label. `preview` shows it first.',
        examples: ['string'],
        context: { to: 'custom:Customer Tier' },
      }),
    required: z
      .boolean()
      .optional()
      .meta({
        title: 'Required',
        description: 'Whether a row without a value for this field is rejected as `missing_required_field`.',
        examples: [true],
      }),
  })
  .meta({
    title: 'Field mapping',
    description: 'One field, and the column or the constant it takes its value from.',
    examples: [
      { to: 'email', from: 'work_email', required: true },
      { to: 'mobile_phone', from: 'mobile', on_invalid: 'drop' },
      { to: 'organization_name', constant: 'Acme' },
      { to: 'custom:Customer Tier', from: 'tier', create: 'string' },
    ],
  });
