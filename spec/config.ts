import * as z from 'zod';
import { DURATION } from '../runtime/config/duration.ts';
import { baseUrlSchema, credentialsSchema } from './connection.ts';
import { sourceSchema } from './source/source.ts';
import { stateSchema } from './state.ts';
import { streamSchema } from './stream.ts';

const windowLimit = (window: string, example: number) =>
  z
    .int()
    .min(1)
    .optional()
    .meta({
      title: `Requests per ${window}`,
      description: `With plan custom, and only there: how many requests each endpoint takes per ${window}.`,
      examples: [example],
      context: { plan: 'custom', per_minute: 200, per_hour: 400, per_day: 2000 },
    });

const rateLimitsSchema = z
  .strictObject({
    plan: z
      .enum(['auto', 'free', 'basic', 'professional', 'organization', 'custom'])
      .default('auto')
      .meta({
        title: 'Plan',
        description:
          "Whose rate limits hold. auto follows what Apollo's answers say; custom takes the three numbers below.",
        examples: ['professional'],
      }),
    per_minute: windowLimit('minute', 200),
    per_hour: windowLimit('hour', 400),
    per_day: windowLimit('day', 2000),
    reserve_percent: z
      .number()
      .min(0)
      .max(99)
      .default(0)
      .meta({
        title: 'Reserve (percent)',
        description: 'The share of each rate-limit window, in percent, that is left to other tools.',
        examples: [20],
      }),
    max_wait_seconds: z
      .int()
      .min(0)
      .default(3900)
      .meta({
        title: 'Longest wait (seconds)',
        description: 'How long to wait for a rate-limit window to open. A longer wait defers the rest of the run.',
        examples: [600],
      }),
  })
  .prefault({})
  .meta({
    title: 'Rate limits',
    description: 'How much of the Apollo API this destination may use.',
    examples: [{ plan: 'auto', reserve_percent: 20 }],
    group: 'limits',
  });

const runLimit = (title: string, description: string, example: number) =>
  z
    .int()
    .min(1)
    .optional()
    .meta({ title, description, examples: [example] });

const limitsSchema = z
  .strictObject({
    max_calls: runLimit('Calls a run', 'How many requests one run makes at most, over all endpoints.', 1000),
    max_records: runLimit(
      'Records a run',
      'How many records one run sends at most; unchanged rows do not count.',
      10_000,
    ),
    max_calls_per_day: runLimit(
      'Calls a day',
      'How many requests all runs of a day make together at most. Without a state store each run counts for itself.',
      1500,
    ),
  })
  .prefault({})
  .meta({
    title: 'Limits of a run',
    description: 'What a run may do at most. The rows beyond are deferred: the next run takes them.',
    examples: [{ max_records: 10_000 }],
    group: 'limits',
  });

const inventorySchema = z
  .strictObject({
    max_calls: z
      .int()
      .min(1)
      .default(1000)
      .meta({
        title: 'Calls a run',
        description: 'How many requests one run or preview makes for the inventory at most; the next one goes on.',
        examples: [100],
      }),
    max_age: z
      .string()
      .regex(DURATION, 'expected a duration such as 30m, 1h or 1d')
      .default('1h')
      .meta({
        title: 'Age',
        description:
          'An inventory that is not older is good enough: 30m, 1h, 1d. Otherwise what has changed since is read.',
        examples: ['6h'],
      }),
  })
  .optional()
  .meta({
    title: 'Inventory',
    description:
      'Has `sync` and `preview` read what Apollo has into the state store, 100 records a call, and then what has changed there. It needs a paid plan; without it they go on as they are. Off by default: `inventory` and `preview --exact` read it when they are asked to.',
    examples: [{ max_calls: 100, max_age: '6h' }],
    form: 'omit',
    group: 'run',
  });

const guard = (title: string, description: string, example: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .number()
    .min(0)
    .max(most)
    .optional()
    .meta({ title, description, examples: [example] });

const guardsSchema = z
  .strictObject({
    max_changed_percent: guard(
      'Changed records (percent)',
      'The share of changed rows, in percent of those of a stream whose record the state store knows, above which a run stops.',
      30,
      100,
    ),
    max_creates: guard('Created records', 'How many records a run may create. All that are not known count.', 500),
    max_clears: guard('Emptied values', 'How many values of existing records a run may empty.', 100),
  })
  .prefault({})
  .meta({
    title: 'Guards',
    description:
      'What `sync` looks at before it sends anything: with one of these exceeded it ends with exit code 2 and the preview as explanation. Off by default.',
    examples: [{ max_changed_percent: 30, max_creates: 500 }],
    group: 'limits',
  });

const retriesSchema = z
  .strictObject({
    max_retries: z
      .int()
      .min(0)
      .max(20)
      .default(3)
      .meta({
        title: 'Most retries',
        description:
          'How often a request is sent again after 408, 429, 5xx and network errors, with exponential backoff and jitter.',
        examples: [5],
      }),
  })
  .prefault({})
  .meta({
    title: 'Retries',
    description: 'What to do about requests that fail for a while.',
    examples: [{ max_retries: 5 }],
    group: 'limits',
  });

const seconds = (title: string, description: string, least: number, fallback: number) =>
  z
    .number()
    .min(least)
    .max(3600)
    .default(fallback)
    .meta({ title, description, examples: [fallback] });

const timeoutsSchema = z
  .strictObject({
    connect: seconds('Connecting (seconds)', 'How long to wait for a connection to Apollo, or to the proxy.', 1, 30),
    response: seconds(
      'Answer (seconds)',
      'How long to wait for the answer to a request that writes. Apollo allows itself 300 seconds. Requests that only read get 60 at most.',
      1,
      330,
    ),
  })
  .prefault({})
  .meta({
    title: 'Timeouts',
    description:
      'How long to wait for Apollo. A create without an answer in time is sent again no sooner than 300 seconds after it was sent: until then Apollo may still be at it.',
    examples: [{ connect: 10, response: 330 }],
    group: 'limits',
  });

const rejectsSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .default('rejects.jsonl')
      .meta({
        title: 'Rejects file',
        description: 'Where rejected rows are written, one JSON object a line.',
        examples: ['rejects.jsonl'],
      }),
    fail_above_percent: z
      .number()
      .min(0)
      .max(100)
      .default(100)
      .meta({
        title: 'Tolerated share (percent)',
        description: 'A run with a larger share of rejected rows, in percent, fails with exit code 3.',
        examples: [5],
      }),
  })
  .prefault({})
  .meta({
    title: 'Rejected rows',
    description: 'What happens to rows that are not written.',
    examples: [{ path: 'rejects.jsonl', fail_above_percent: 5 }],
    group: 'run',
  });

/** Everything a person may configure. The order of the keys is their order in forms and in the documentation. */
export const configSchema = z
  .strictObject({
    credentials: credentialsSchema,
    api_base_url: baseUrlSchema,
    source: sourceSchema.optional(),
    streams: z
      .array(streamSchema)
      .default([])
      .meta({
        title: 'Streams',
        description: 'What is written: one entry for each Airbyte stream, table or query.',
        examples: [[{ name: 'contacts', object: 'contacts' }]],
        group: 'streams',
      }),
    apollo_facts: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Facts about Apollo',
        description:
          'The file that `probe` has written about this workspace. A run starts with the rate limits in it, and does not send fields where the workspace leaves them out.',
        examples: ['probe.json'],
        form: 'omit',
        group: 'limits',
      }),
    rate_limits: rateLimitsSchema,
    limits: limitsSchema,
    guards: guardsSchema,
    inventory: inventorySchema,
    retries: retriesSchema,
    timeouts: timeoutsSchema,
    concurrency: z
      .int()
      .min(1)
      .max(32)
      .default(4)
      .meta({ title: 'Concurrency', description: 'How many requests are in flight.', examples: [4], group: 'limits' }),
    rejects: rejectsSchema,
    state: stateSchema.optional(),
  })
  .meta({ title: 'Apollo.io', description: 'Writes rows of a warehouse to Apollo.io as contacts and accounts.' });

/** What is remembered between runs, as configured. */
/** A configuration that was checked, with all its defaults. */
export type Config = Omit<z.infer<typeof configSchema>, 'state'> & {
  state: z.infer<typeof stateSchema>;
};
