import * as z from 'zod';
import { attachedKeys } from './attached-source.ts';
import { commandSchema } from './command.ts';
import { clickHouseSchema, databricksSchema } from './http-source.ts';

const memoryLimit = z
  .string()
  .regex(/^\d+(\.\d+)? ?[KMGT]i?B$/)
  .optional()
  .meta({
    title: 'Memory limit',
    description:
      'What DuckDB takes before it spills to disk. Without it, 20 % of the memory that a container allows, or of the machine, and 1 GB at most.',
    pattern_descriptor: 'a size such as 512MB or 2GiB',
    examples: ['512MB', '2GiB'],
  });

/** Where `sync` and `preview` read rows from. */
export const sourceSchema = z
  .discriminatedUnion('type', [
    z
      .strictObject({
        type: z.literal('duckdb').meta({
          title: 'Source type',
          description: 'Reads tables, attached databases, or the files that a query names, through DuckDB.',
          examples: ['duckdb'],
        }),
        database: z
          .string()
          .min(1)
          .optional()
          .meta({
            title: 'Database file',
            description:
              'The DuckDB database file to read. Without it the database is empty and in memory, for queries that read files.',
            examples: ['warehouse.duckdb'],
          }),
        memory_limit: memoryLimit,
        extension_directory: z
          .string()
          .min(1)
          .optional()
          .meta({
            title: 'Extension directory',
            description:
              "The folder of DuckDB extensions that were installed before. Without it, DuckDB's own in the home directory.",
            examples: ['/extensions'],
          }),
        ...attachedKeys,
      })
      .meta({ title: 'Rows from DuckDB', description: 'Tables and queries of a DuckDB database.' }),
    z
      .strictObject({
        type: z.literal('arrow').meta({
          title: 'Source type',
          description: 'Reads an Arrow IPC stream or file, or what a program writes.',
          examples: ['arrow'],
        }),
        path: z
          .string()
          .min(1)
          .optional()
          .meta({
            title: 'Arrow file',
            description: 'The Arrow IPC stream or file; `-` is the standard input.',
            examples: ['rows.arrows', '-'],
          }),
        command: commandSchema.optional(),
        memory_limit: memoryLimit,
        require_end_marker: z
          .boolean()
          .default(true)
          .meta({
            title: 'Require the end marker',
            description:
              'Whether a stream without the end-of-stream marker counts as cut. false is for producers that never write it: one that crashed would go unnoticed.',
            examples: [false],
          }),
      })
      .meta({ title: 'Rows from Arrow', description: 'An Arrow IPC stream or file.' }),
    clickHouseSchema(memoryLimit),
    databricksSchema(memoryLimit),
  ])
  .meta({
    title: 'Source',
    description:
      'Where `sync` and `preview` read rows from. The Airbyte commands do not use it: Airbyte brings the rows.',
    examples: [{ type: 'duckdb', database: 'warehouse.duckdb' }],
    form: 'omit',
  });
