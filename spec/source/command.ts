import * as z from 'zod';

/** A program and its arguments. */
export const commandSchema = z
  .array(z.string())
  // Not by `min`: a form would begin the list with an entry, and so a program that was not asked for.
  .refine((words) => words.length > 0, { error: 'expected a program and its arguments' })
  .meta({
    title: 'Command',
    description:
      'A program and its arguments, without a shell. It writes an Arrow IPC stream to its standard output, and ends with 0 where that is whole. In a stream it is for that stream alone; in `source`, for all that have none.',
    examples: [['python', 'rows.py']],
    form: 'omit',
  });
