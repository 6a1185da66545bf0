import * as z from 'zod';
import { fieldMappingSchema, ON_INVALID } from './field-mapping.ts';
import { commandSchema } from './source/command.ts';

/** What `updates` may say: every way to write records that exist. */
export const UPDATES = ['individual', 'bulk'] as const;

const column = (): z.ZodString => z.string().min(1);

const onRemovedSchema = z
  .union([
    z.enum(['keep', 'remove_from_lists']).meta({ title: 'Keep, or take off the lists' }),
    z.strictObject({ set_stage: z.string().min(1).meta({ title: 'Stage to give' }) }).meta({ title: 'Give a stage' }),
    z
      .strictObject({
        set_field: z
          .strictObject({
            to: z.string().min(1).meta({ title: 'Field' }),
            value: z.union([z.string(), z.number(), z.boolean()]).meta({ title: 'Value' }),
          })
          .meta({ title: 'Field to set' }),
      })
      .meta({ title: 'Give a field a value' }),
  ])
  .meta({
    title: 'Removed rows',
    description:
      'What happens to records that this stream has synced when the source no longer has their rows: keep leaves them as they are, remove_from_lists takes them off the lists that they were put on, set_stage and set_field give them a stage or a value. Default: keep; in mode mirror of a stream with lists, remove_from_lists.',
    examples: [
      'remove_from_lists',
      { set_stage: 'Former customer' },
      { set_field: { to: 'custom:Churned', value: 'yes' } },
    ],
    context: { lists: ['Warehouse sync'] },
    pattern_descriptor: 'keep, remove_from_lists, {set_stage: NAME} or {set_field: {to: FIELD, value: VALUE}}',
    form: 'omit',
  });

const membershipSchema = z
  .strictObject({
    list: z
      .string()
      .min(1)
      .meta({
        title: 'List',
        description: 'The name of the list; it is made where there is none.',
        examples: ['Hot leads'],
      }),
    behaviour: z.enum(['add', 'remove', 'mirror', 'upsert']).meta({
      title: 'Behaviour',
      description:
        'add puts records on the list; mirror does, and takes those off that it has put there and that the source no longer has; upsert is add that creates records Apollo lacks; remove takes records off the list.',
      examples: ['mirror'],
    }),
    ids_per_call: z
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .meta({
        title: 'Ids a call',
        description: 'How many ids one request carries at most. Apollo gives it 300 seconds.',
        examples: [1000],
      }),
  })
  .meta({
    title: 'List membership',
    description:
      'Makes of this stream a sync of a list: its rows say who is to be on it, by the match field or by apollo_id. Fields of existing records are left alone.',
    examples: [{ list: 'Hot leads', behaviour: 'mirror' }],
    form: 'omit',
  });

const accountSchema = z
  .strictObject({
    by: z
      .enum(['domain'])
      .default('domain')
      .meta({ title: 'By', description: 'What names the account: its domain.', examples: ['domain'] }),
    from: column().meta({
      title: 'Column',
      description:
        'The source column that holds the domain of the company, or an address at it. Domains of free mail name no account.',
      examples: ['company_domain'],
    }),
    create: z
      .boolean()
      .default(false)
      .meta({
        title: 'Create missing accounts',
        description:
          'Whether a run creates accounts for domains that no run knows an account of, once a domain. Without it, rows wait for them.',
        examples: [true],
      }),
  })
  .meta({
    title: 'Account of a contact',
    description:
      'Links each contact to the account of its domain: one that a stream of accounts has written or found. `sync` runs such streams first.',
    examples: [{ by: 'domain', from: 'company_domain' }],
    context: { object: 'contacts' },
    form: 'omit',
  });

const decisionsSchema = z
  .union([
    z.string().min(1).meta({ title: 'CSV file' }),
    z.strictObject({ column: column().meta({ title: 'Column' }) }).meta({ title: 'Column of the source' }),
  ])
  .meta({
    title: 'Decisions',
    description:
      'What a person says of single rows, in a CSV file (primary key, decision) or a column: update, skip or fill_blanks of a record that exists, same_person or new_person of a match conflict. What is empty decides nothing.',
    examples: ['decisions.csv', { column: 'apollo_decision' }],
    pattern_descriptor: 'FILE.csv or {column: COLUMN}',
    form: 'omit',
  });

/** One stream: rows of one source stream or query, written to one object of Apollo. */
export const streamSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .meta({
        title: 'Name',
        description:
          'The name of the Airbyte stream, or of this sync. What earlier runs learned is remembered under this name.',
        examples: ['contacts'],
      }),
    enabled: z
      .boolean()
      .default(true)
      .meta({
        title: 'Enabled',
        description:
          'Whether runs write this stream. false keeps it in the file, and what is remembered of it; `sync --stream NAME --enable` runs it once.',
        examples: [false],
      }),
    table: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Table',
        description: 'The table or view to read, with its schema where it has one. Give either this or a query.',
        examples: ['marts.apollo_contacts'],
        form: 'omit',
      }),
    query: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Query',
        description:
          'The SELECT to read, in the SQL of the source. Its order is the priority under a rate limit: what comes first is sent first.',
        examples: ["select * from read_parquet('exports/contacts/*.parquet') order by updated_at desc"],
        form: 'omit',
      }),
    command: commandSchema.optional(),
    object: z.enum(['contacts', 'accounts']).meta({
      title: 'Object',
      description: 'What the rows become at Apollo. Contacts are matched by `email`, accounts by `domain`.',
      examples: ['contacts'],
    }),
    mode: z
      .enum(['upsert', 'insert', 'update', 'mirror'])
      .default('upsert')
      .meta({
        title: 'Mode',
        description:
          'upsert creates what Apollo lacks and updates what it has; insert only creates, and leaves what exists alone; update only changes records whose Apollo id the row carries; mirror is upsert that also sees to records whose rows the source no longer has.',
        examples: ['upsert'],
      }),
    primary_key: column()
      .optional()
      .meta({
        title: 'Primary key',
        description:
          'The source column that names the row. Without it, the column that is mapped to the match field (`email` of contacts, `domain` of accounts).',
        examples: ['customer_id'],
      }),
    apollo_id: column()
      .optional()
      .meta({
        title: 'Apollo id',
        description: 'The source column that holds the Apollo record id. Needed in mode update, and only there.',
        examples: ['apollo_contact_id'],
        context: { mode: 'update' },
      }),
    mapping: z
      .array(fieldMappingSchema)
      .default([])
      .meta({
        title: 'Mapping',
        description:
          'Which field takes which column or constant. When empty, columns that carry the name of a field are taken as they are.',
        examples: [
          [
            { to: 'email', from: 'work_email' },
            { to: 'organization_name', constant: 'Acme' },
          ],
        ],
      }),
    create_fields: z
      .boolean()
      .default(false)
      .meta({
        title: 'Create missing custom fields',
        description:
          'Whether a run makes each custom field that is mapped and that the workspace has not, with the type of its column. `preview` shows them first.',
        examples: [true],
      }),
    create_options: z
      .boolean()
      .default(false)
      .meta({
        title: 'Create missing options',
        description:
          'Whether a run adds the values that a mapped custom picklist has no option for; the options that are there stay as they are. `preview` shows how many first.',
        examples: [true],
      }),
    on_existing: z
      .enum(['update', 'skip', 'fill_blanks'])
      .default('update')
      .meta({
        title: 'Existing records',
        description:
          'What happens to a record that Apollo already has: update writes every mapped field, skip leaves it alone, fill_blanks writes only fields that are empty at Apollo.',
        examples: ['fill_blanks'],
      }),
    on_match_conflict: z
      .enum(['reject', 'create'])
      .default('reject')
      .meta({
        title: 'Match conflicts',
        description:
          'What happens when Apollo matches a record that has another match key: reject refuses the row, create makes a record of its own (accounts only).',
        examples: ['create'],
        context: { object: 'accounts' },
      }),
    nulls: z
      .enum(['ignore', 'clear'])
      .default('ignore')
      .meta({
        title: 'Nulls',
        description: 'What a null means: ignore leaves the field as it is, clear empties it.',
        examples: ['clear'],
      }),
    on_invalid: z
      .enum(ON_INVALID)
      .default('reject')
      .meta({
        title: 'Invalid values',
        description:
          'What happens to a row with a value that does not fit its field: reject refuses the row, drop leaves the field as it is, writes the rest of the row and counts the value. drop holds for every mapped field but those that tell records apart, and an entry of the mapping may say otherwise.',
        examples: ['drop'],
      }),
    drift: z
      .enum(['ignore', 'report', 'repair'])
      .optional()
      .meta({
        title: 'Drift',
        description:
          'What happens to records that somebody has changed in Apollo since they were written, as an inventory shows: ignore looks at nothing, report counts them, repair writes them again. Default: report where an inventory is configured, else ignore.',
        examples: ['repair'],
        form: 'omit',
      }),
    protect: z
      .array(z.string().min(1))
      .optional()
      .meta({
        title: 'Protected fields',
        description:
          'Fields of Apollo whose changes by hand are left alone for good, once an inventory has shown them. A field is named as in the mapping, or as Apollo calls it.',
        examples: [['title', 'mobile_phone']],
        form: 'omit',
      }),
    updates: z
      .enum(UPDATES)
      .default('individual')
      .meta({
        title: 'Updates',
        description:
          'How existing records are updated: individual sends one PATCH a record; bulk sends many records a request, and a PATCH only for fields that nothing else takes (phones, website, domain).',
        examples: ['bulk'],
      }),
    read_before_update: z
      .boolean()
      .default(false)
      .meta({
        title: 'Read before updating',
        description:
          'Reads a record in full before fields are changed that no answer has shown, so that `undo` can restore all of them: one more request a record, once.',
        examples: [true],
      }),
    lists: z
      .array(
        z
          .string()
          .min(1)
          .meta({ title: 'List', description: 'The name of a list at Apollo.', examples: ['Warehouse sync'] }),
      )
      .default([])
      .meta({
        title: 'Lists',
        description: 'Every synced record is added to these lists; a list that does not exist is made.',
        examples: [['Warehouse sync']],
      }),
    on_removed: onRemovedSchema.optional(),
    max_removed_percent: z
      .number()
      .min(0)
      .max(100)
      .default(20)
      .meta({
        title: 'Most removed rows (percent)',
        description:
          'A run in which a larger share of the known rows is gone from the source stops before anything is sent. 100 lets any share pass, an empty source too.',
        examples: [5],
        context: { on_removed: 'remove_from_lists', lists: ['Warehouse sync'] },
        form: 'omit',
      }),
    max_rekeyed_percent: z
      .number()
      .min(0)
      .max(100)
      .default(20)
      .meta({
        title: 'Most rows with another match key (percent)',
        description:
          'A run in which a larger share of the known rows, and more than 20, has another match key under the same primary key stops before anything is sent: keys that each run makes afresh, such as row_number(), look like that. 100 lets any share pass.',
        examples: [5],
        form: 'omit',
      }),
    membership: membershipSchema.optional(),
    account: accountSchema.optional(),
    decisions: decisionsSchema.optional(),
  })
  .meta({ title: 'Stream', description: 'Rows of one source stream or query, written to one object of Apollo.' });

/** One stream as configured, with its defaults. */
export type StreamConfig = z.infer<typeof streamSchema>;
